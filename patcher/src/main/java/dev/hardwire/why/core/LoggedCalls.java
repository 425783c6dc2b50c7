package dev.hardwire.why.core;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.learn.record.SeccompRecords;
import dev.hardwire.why.DeniedAccess;
import dev.hardwire.why.DeniedCall;
import dev.hardwire.why.Ending;
import dev.hardwire.why.code.Frame;
import dev.hardwire.why.code.Mapping;
import dev.hardwire.why.code.Memory;
import dev.hardwire.why.code.StackWalk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Denied calls that the kernel has recorded. Records have no arguments. */
public final class LoggedCalls {
  private static final List<Long> NO_ARGUMENTS = List.of(0L, 0L, 0L, 0L, 0L, 0L);

  private LoggedCalls() {}

  /**
   * Reads a log to its end.
   *
   * @param files the contents of a program by its path, if it can be read
   * @param libraries the paths of the libraries that a program needs, by its path
   * @param accesses takes what Landlock denied
   */
  public static void read(
      String name,
      InputStream in,
      Function<String, Optional<Bytes>> files,
      Function<String, List<String>> libraries,
      Consumer<DeniedCall> consumer,
      Consumer<DeniedAccess> accesses)
      throws IOException {
    SeccompRecords.read(
        name,
        in,
        entry -> consumer.accept(call(entry, files, libraries)),
        access ->
            accesses.accept(
                new DeniedAccess(
                    text(access.executable()),
                    access.process(),
                    access.blockers(),
                    text(access.object()))));
  }

  private static String text(String bytes) {
    return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  private static DeniedCall call(
      SeccompRecords.Entry entry,
      Function<String, Optional<Bytes>> files,
      Function<String, List<String>> libraries) {
    String program = text(entry.executable());
    ByteOrder order =
        Target.ofAuditNumber(entry.architecture())
            .map(Target::order)
            .orElse(ByteOrder.LITTLE_ENDIAN);
    SeccompData data =
        new SeccompData(
            entry.call(), entry.architecture(), entry.instruction(), NO_ARGUMENTS, order);
    return new DeniedCall(
        program,
        entry.process(),
        entry.process(),
        ending(entry.code()),
        data,
        false,
        Map.of(),
        frames(entry, program, files, libraries),
        entry.code());
  }

  private static Ending ending(Optional<Long> code) {
    long action = code.map(value -> new Verdict(value).action()).orElse(Verdict.KILL_PROCESS);
    if (action == Verdict.KILL_THREAD) {
      return Ending.THREAD_KILLED;
    } else if (action == Verdict.TRAP) {
      return Ending.TRAPPED;
    } else if (action == Verdict.ERRNO) {
      return Ending.FAILED;
    }
    return action == Verdict.LOG || action == Verdict.ALLOW ? Ending.LOGGED : Ending.KILLED;
  }

  /** Only a program that is not position-independent is always at the same address. */
  private static List<Frame> frames(
      SeccompRecords.Entry entry,
      String program,
      Function<String, Optional<Bytes>> files,
      Function<String, List<String>> libraries) {
    long address = entry.instruction();
    if (address == 0) {
      return List.of();
    }
    Optional<ElfFile> elf = Optional.empty();
    try {
      elf = files.apply(program).map(ElfFile::parse);
    } catch (ElfFormatException | BytesException other) {
      return List.of(new Frame(address, "", "", address));
    }
    boolean isFixed =
        elf.isPresent()
            && !elf.get().isPositionIndependent()
            && elf.get().loads().stream()
                .anyMatch(load -> load.overlapsMemory(address - 1, address));
    if (!isFixed) {
      List<String> paths = new ArrayList<>(List.of(program));
      paths.addAll(elf.isPresent() ? libraries.apply(program) : List.of());
      Optional<Frame> found =
          elf.isPresent() ? CallPlaces.find(address, entry.call(), paths, files) : Optional.empty();
      return List.of(found.orElse(new Frame(address, "", "", address)));
    }
    int word = elf.get().header().elfClass().wordSize();
    return List.of(StackWalk.place(new FixedMemory(elf.get(), program), word, address));
  }

  /** The memory of a program that is at the addresses in its file. */
  record FixedMemory(ElfFile elf, String program) implements Memory {
    @Override
    public List<Mapping> mappings() {
      List<Mapping> mappings = new ArrayList<>();
      for (ProgramHeader load : elf.loads()) {
        mappings.add(
            new Mapping(load.vaddr(), load.vaddr() + load.filesz(), load.offset(), program));
      }
      return mappings;
    }

    @Override
    public byte[] read(long address, int length) {
      return new byte[0];
    }

    @Override
    public Optional<Bytes> file(Mapping mapping) {
      return Optional.of(elf.bytes());
    }
  }
}
