package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Runs a setup program as a stub does, on a model of a kernel with a version of Landlock. The model
 * checks structures as the kernel does: bits that it does not know are errors.
 */
final class LandlockKernel {
  private static final int SCRATCH = 512;
  private static final int DIRECTORY_RIGHTS = 0x3ff8;
  private static final long DATA = 1L << 20;
  private static final int EINVAL = -22;

  private final Target machine;
  private final SetupProgram program;
  private final ByteBuffer scratch;
  private final int abi;
  private final Map<String, Integer> answers = new HashMap<>();
  private final Set<String> missing = new HashSet<>();
  private final Set<String> files = new HashSet<>();
  private final Map<Integer, String> open = new TreeMap<>();
  private int descriptors = 100;
  private int scopes = 3;
  private int errata = 3;
  private long lacking;

  final StringBuilder printed = new StringBuilder();
  final List<String> made = new ArrayList<>();
  final Map<String, Long> paths = new TreeMap<>();
  final Map<Long, Long> ports = new TreeMap<>();
  long handledFiles;
  long handledPorts;
  long scoped;
  long quietFiles;

  /** Paths at which denials are not logged. */
  final Set<String> quiet = new HashSet<>();

  boolean restricted;
  long flags;

  /** Start and end of sealed memory, in the order of the calls. */
  final List<String> sealed = new ArrayList<>();

  private long page = 4096;

  /** A kernel; version 0 is one without Landlock. */
  LandlockKernel(Target machine, SetupProgram program, int abi) {
    this.machine = machine;
    this.program = program;
    this.scratch = ByteBuffer.allocate(SCRATCH).order(machine.order());
    this.abi = abi;
  }

  /** Lets a call have a result without being made, as a filter outside can. */
  LandlockKernel answering(String call, int result) {
    answers.put(call, result);
    return this;
  }

  /** Lets it lack the scope of signals, whatever its version promises. */
  LandlockKernel withoutSignals(int fixed) {
    scopes = 1;
    errata = fixed;
    return this;
  }

  /** Lets it lack rights of files that its version promises. */
  LandlockKernel withoutRights(long rights) {
    lacking = rights;
    return this;
  }

  LandlockKernel withPages(long size) {
    page = size;
    return this;
  }

  LandlockKernel without(String path) {
    missing.add(path);
    return this;
  }

  LandlockKernel withFile(String path) {
    files.add(path);
    return this;
  }

  LandlockKernel withDescriptors(int number) {
    descriptors = number;
    return this;
  }

  /** The exit status of the setup: 0 if the program is started, 126 if not. */
  int run() {
    List<Step> steps = program.steps();
    for (int at = 0; at < steps.size(); at++) {
      int skip;
      if (steps.get(at) instanceof Step.Store store) {
        store.words().forEach(word -> put(word.scratchOffset(), value(word.value())));
        skip = store.skip();
      } else {
        Step.SystemCall call = (Step.SystemCall) steps.get(at);
        long result = made(call);
        call.resultWord().ifPresent(word -> put((long) word * wordSize(), result));
        boolean failed =
            switch (call.failure()) {
              case NEVER -> false;
              case ERROR -> result < 0 && result >= -4095;
              case NON_ZERO -> result != 0;
            };
        if (failed && call.skipOnFailure() == 0) {
          byte[] message = data(call.messageOffset(), call.messageLength());
          printed.append(new String(message, StandardCharsets.UTF_8)).append(result).append('\n');
          return 126;
        }
        skip = failed ? call.skipOnFailure() : call.skipOnSuccess();
      }
      if (skip > steps.size() - 1 - at) {
        return 126;
      }
      at += skip;
    }
    return 0;
  }

  private int wordSize() {
    return machine.elfClass().wordSize();
  }

  private void put(long offset, long value) {
    if (wordSize() == Long.BYTES) {
      scratch.putLong((int) offset, value);
    } else {
      scratch.putInt((int) offset, (int) value);
    }
  }

  private long value(Argument argument) {
    if (argument instanceof Argument.DataPointer) {
      return DATA + argument.bits();
    }
    if (argument instanceof Argument.ScratchWord) {
      int at = (int) argument.bits();
      return wordSize() == Long.BYTES ? scratch.getLong(at) : scratch.getInt(at);
    }
    return argument.bits();
  }

  private byte[] data(long offset, long size) {
    return program.data().slice(offset, size).toArray();
  }

  /** A structure in the data or in the scratch area. */
  private ByteBuffer memory(Argument argument, int size) {
    if (argument instanceof Argument.DataPointer) {
      return ByteBuffer.wrap(data(argument.bits(), size)).order(machine.order());
    }
    return scratch.slice((int) argument.bits(), size).order(machine.order());
  }

  private long made(Step.SystemCall call) {
    for (String name :
        List.of(
            "landlock_create_ruleset",
            "landlock_add_rule",
            "landlock_restrict_self",
            "openat",
            "close",
            "futex",
            "write",
            "prlimit64",
            "prctl",
            "close_range",
            "mseal",
            "seccomp")) {
      if (SetupWriter.number(machine, name) == call.number()) {
        made.add(name);
        Integer answer = answers.get(name);
        return answer != null ? answer : made(name, call.arguments());
      }
    }
    throw new AssertionError("system call " + call.number());
  }

  private long made(String name, List<Argument> given) {
    return switch (name) {
      case "landlock_create_ruleset" -> create(given);
      case "landlock_add_rule" -> abi == 0 ? -38 : add(given);
      case "landlock_restrict_self" -> abi == 0 ? -38 : restrict(given);
      case "openat" -> open(string(given.get(1).bits()));
      case "close" -> close((int) value(given.get(0)));
      case "futex" -> futex(given);
      case "write" -> write(given);
      case "mseal" -> seal(value(given.get(0)), value(given.get(1)), value(given.get(2)));
      case "seccomp" -> seccomp();
      default -> 0;
    };
  }

  private long seal(long start, long size, long flags) {
    if (flags != 0 || start % page != 0) {
      return EINVAL;
    }
    sealed.add("%x-%x".formatted(start, start + (size + page - 1) / page * page));
    return 0;
  }

  private long seccomp() {
    return scratch.getLong(0) == 0 ? EINVAL : 0;
  }

  private String string(long offset) {
    Bytes data = program.data();
    long end = offset;
    while (data.u8(end) != 0) {
      end++;
    }
    return new String(data(offset, end - offset), StandardCharsets.UTF_8);
  }

  private long write(List<Argument> given) {
    printed.append(
        new String(data(given.get(1).bits(), given.get(2).bits()), StandardCharsets.UTF_8));
    return given.get(2).bits();
  }

  private long futex(List<Argument> given) {
    if (given.get(1).bits() != 132 || value(given.get(2)) != 0 || value(given.get(3)) != 0) {
      return EINVAL;
    }
    return memory(given.get(0), 4).getInt(0) == (int) value(given.get(5)) ? 0 : -11;
  }

  private long open(String path) {
    if (missing.contains(path)) {
      return -2;
    }
    if (open.size() >= descriptors) {
      return -24;
    }
    int lowest = 3;
    while (open.containsKey(lowest)) {
      lowest++;
    }
    open.put(lowest, path);
    return lowest;
  }

  private long close(int descriptor) {
    return open.remove(descriptor) == null ? -9 : 0;
  }

  private long files() {
    long all = abi < 2 ? 0x1fff : abi < 3 ? 0x3fff : abi < 5 ? 0x7fff : abi < 9 ? 0xffff : 0x1ffff;
    return all & ~lacking;
  }

  private long create(List<Argument> given) {
    if (abi == 0) {
      return -38;
    }
    if (given.get(0).equals(new Argument.Value(0))) {
      if (value(given.get(1)) != 0) {
        return EINVAL;
      }
      return value(given.get(2)) == 1 ? abi : value(given.get(2)) == 2 ? errata : EINVAL;
    }
    ByteBuffer attributes = memory(given.get(0), (int) value(given.get(1)));
    handledFiles = attributes.getLong(0);
    handledPorts = attributes.getLong(8);
    scoped = attributes.getLong(16);
    quietFiles = attributes.capacity() > 24 ? attributes.getLong(24) : 0;
    boolean isLong = attributes.capacity() > 24 && abi >= 10;
    if (isLong ? (quietFiles & ~handledFiles) != 0 : quietFiles != 0) {
      return isLong ? EINVAL : -7;
    }
    if ((handledFiles & ~files()) != 0
        || (handledPorts & ~(abi < 10 ? 3 : 15)) != 0
        || (scoped & ~scopes) != 0
        || (abi < 4 && handledPorts != 0)
        || (abi < 6 && scoped != 0)) {
      return abi < 6 ? -7 : EINVAL;
    }
    return handledFiles == 0 && handledPorts == 0 && scoped == 0 ? -42 : open("ruleset");
  }

  private long add(List<Argument> given) {
    if (!"ruleset".equals(open.get((int) value(given.get(0))))) {
      return -9;
    }
    long flags = value(given.get(3));
    if (flags != 0 && (abi < 10 || flags != 1 || quietFiles == 0)) {
      return EINVAL;
    }
    if (value(given.get(1)) == 2) {
      ByteBuffer rule = memory(given.get(2), 16);
      if (abi < 4 || (rule.getLong(0) & ~handledPorts) != 0 || rule.getLong(0) == 0) {
        return EINVAL;
      }
      ports.merge(rule.getLong(8), rule.getLong(0), (one, other) -> one | other);
      return 0;
    }
    ByteBuffer rule = memory(given.get(2), 12);
    long rights = rule.getLong(0);
    String path = open.get(rule.getInt(8));
    if (path == null || path.equals("ruleset")) {
      return -9;
    }
    if ((rights == 0 && flags == 0) || (rights & ~handledFiles) != 0) {
      return rights == 0 ? -42 : EINVAL;
    }
    if (flags != 0) {
      quiet.add(path);
    }
    if (files.contains(path) && (rights & DIRECTORY_RIGHTS) != 0) {
      return EINVAL;
    }
    if (rights != 0) {
      paths.merge(path, rights, (one, other) -> one | other);
    }
    return 0;
  }

  private long restrict(List<Argument> given) {
    flags = value(given.get(1));
    if ((flags & ~(abi < 7 ? 0 : abi < 8 ? 7 : 15)) != 0) {
      return EINVAL;
    }
    if (!"ruleset".equals(open.get((int) value(given.get(0))))) {
      return -9;
    }
    restricted = true;
    return 0;
  }

  /** Descriptors that were opened and not closed. */
  Set<String> left() {
    return new HashSet<>(open.values());
  }
}
