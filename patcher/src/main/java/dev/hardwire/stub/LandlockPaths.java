package dev.hardwire.stub;

import dev.hardwire.policy.KernelDemand;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Position;
import dev.hardwire.stub.SetupWriter.Skip;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The steps that add a rule for each path. A path that is in several lists gets one rule.
 *
 * <p>The kernel refuses rights of directories for a file. So the rights for a directory are added
 * first, which may fail, and then those for a file, which must not.
 */
final class LandlockPaths {
  private static final int READ = 1;
  private static final int WRITE = 2;
  private static final int EXECUTE = 4;

  /** A rule for / that allows to move files, without restrictions of files. */
  private static final int REFER = 8;

  /** Rules for unix sockets, which do not go together with the others. */
  private static final int UNIX = 9;

  /** Paths at which denials are not logged. */
  private static final int QUIET = 10;

  private static final int KINDS = 11;

  private static final long ADD_RULE_QUIET = 1;

  private static final long AT_FDCWD = 0xffff_ff9cL;
  private static final long O_PATH_CLOEXEC = 0x20_0000 | 0x8_0000;
  private static final int RULE_PATH_BENEATH = 1;

  /** A struct landlock_path_beneath_attr for a directory, packed: rights and a descriptor. */
  private static final int DIRECTORY = 112;

  /** The same for a file. */
  private static final int FILE = 128;

  /** The descriptor, where it cannot be stored into a structure at once. */
  private static final int DESCRIPTOR = 144;

  /** Rights of the lists that depend on the version: for a directory and for a file. */
  private static final int RIGHTS = 152;

  private static final int DESCRIPTOR_IN_STRUCTURE = 8;

  private final SetupWriter writer;
  private final boolean bigEndian;

  /** Paths by the set of lists that they are in. */
  private final List<List<PathRule>> byLists = new ArrayList<>();

  LandlockPaths(SetupWriter writer, Landlock landlock) {
    this.writer = writer;
    this.bigEndian = writer.machine().order() == ByteOrder.BIG_ENDIAN;
    for (int lists = 0; lists < KINDS; lists++) {
      byLists.add(new ArrayList<>());
    }
    Map<String, Integer> lists = new LinkedHashMap<>();
    Map<String, Boolean> optional = new LinkedHashMap<>();
    collect(landlock.read(), READ, lists, optional);
    collect(landlock.write(), WRITE, lists, optional);
    collect(landlock.execute(), EXECUTE, lists, optional);
    lists.forEach(
        (path, set) -> byLists.get(set).add(new PathRule(path, optional.get(path), Position.NONE)));
    landlock.connectUnix().ifPresent(byLists.get(UNIX)::addAll);
    byLists.get(QUIET).addAll(landlock.quiet());
    if (!landlock.restrictsFiles()) {
      byLists.get(REFER).add(new PathRule("/", false, Position.NONE));
    }
  }

  /** A path may be missing only if every list says so. */
  private static void collect(
      Optional<List<PathRule>> paths,
      int list,
      Map<String, Integer> lists,
      Map<String, Boolean> optional) {
    for (PathRule rule : paths.orElse(List.of())) {
      lists.merge(rule.path(), list, (one, other) -> one | other);
      optional.merge(rule.path(), rule.optional(), (one, other) -> one && other);
    }
  }

  private long granted(int lists, boolean directory, int abi) {
    if (lists == REFER) {
      return directory ? LandlockRights.moves(abi) : 0;
    }
    if (lists == UNIX || lists == QUIET) {
      return lists == UNIX ? LandlockRights.RESOLVE_UNIX : 0;
    }
    return LandlockRights.granted(
        (lists & READ) != 0, (lists & WRITE) != 0, (lists & EXECUTE) != 0, directory, abi);
  }

  /** The words with rights that depend on the version. */
  void addRights(Map<Integer, Long> words, int abi) {
    for (int lists = 0; lists < KINDS; lists++) {
      if (!byLists.get(lists).isEmpty() && isWrite(lists)) {
        words.put(place(lists, true), granted(lists, true, abi));
        words.put(place(lists, false), granted(lists, false, abi));
      }
    }
  }

  /** Whether a set of lists has write, whose rights depend on the version. */
  private static boolean isWrite(int lists) {
    return lists < REFER && (lists & WRITE) != 0;
  }

  private static int place(int lists, boolean directory) {
    return RIGHTS + Long.BYTES * (2 * lists + (directory ? 0 : 1));
  }

  /**
   * Adds the steps.
   *
   * @param without skips over all of them, which are continued
   * @param mayLackUnix whether the kernel may have no right for unix sockets, so that their rules
   *     are skipped
   * @param mayLackQuiet the same of paths that are not logged
   */
  void write(List<Skip> without, boolean mayLackUnix, boolean mayLackQuiet) {
    for (int lists = 0; lists < KINDS; lists++) {
      List<Skip> past = new ArrayList<>();
      if (!byLists.get(lists).isEmpty()) {
        if ((lists == UNIX && mayLackUnix) || (lists == QUIET && mayLackQuiet)) {
          int word = lists == UNIX ? LandlockSteps.UNIX : LandlockSteps.QUIET_FILES;
          writer.extend(without, 2);
          writer.set(writer.compare(word, 0), 1);
          past.add(writer.jump());
        }
        writer.extend(without, 1);
        if (!bigEndian) {
          writer.store(
              new Step.Word(rights(lists, true), DIRECTORY),
              new Step.Word(rights(lists, false), FILE));
        }
        for (PathRule path : byLists.get(lists)) {
          writer.extend(without, 6);
          writer.extend(past, 6);
          path(path, lists);
        }
      }
      writer.land(past);
    }
  }

  private Argument rights(int lists, boolean directory) {
    return isWrite(lists)
        ? new Argument.ScratchWord(place(lists, directory))
        : SetupWriter.value(granted(lists, directory, KernelDemand.NEWEST));
  }

  private void path(PathRule path, int lists) {
    boolean one = lists >= REFER || lists == EXECUTE;
    long flags = lists == QUIET ? ADD_RULE_QUIET : 0;
    SetupWriter.Message failed =
        writer.message(
            "hardwire: the Landlock rule for %s failed, %s; the call returned "
                .formatted(path.path(), writer.consequence()));
    int descriptor = bigEndian ? DESCRIPTOR : DIRECTORY + DESCRIPTOR_IN_STRUCTURE;
    int open =
        writer.add(
            writer.number("openat"),
            writer.word(descriptor),
            Step.Failure.ERROR,
            failed,
            SetupWriter.value(AT_FDCWD),
            writer.string(path.path().getBytes(StandardCharsets.UTF_8)),
            SetupWriter.value(O_PATH_CLOEXEC));
    List<Skip> missing = new ArrayList<>();
    if (path.optional()) {
      missing.add(new Skip(open, false));
    }
    structure(DIRECTORY, lists, true);
    add(DIRECTORY, one ? Step.Failure.NON_ZERO : Step.Failure.NEVER, failed, flags);
    if (!one) {
      structure(FILE, lists, false);
      add(FILE, Step.Failure.NON_ZERO, failed, flags);
    }
    writer.add(
        writer.number("close"),
        Step.Failure.NEVER,
        writer.noMessage(),
        new Argument.ScratchWord(descriptor));
    writer.land(missing);
  }

  /**
   * Completes a structure. In big-endian words the descriptor is the second half of what is stored
   * four bytes before it, so the rights are stored after it.
   */
  private void structure(int place, int lists, boolean directory) {
    if (bigEndian) {
      writer.store(
          new Step.Word(new Argument.ScratchWord(DESCRIPTOR), place + Integer.BYTES),
          new Step.Word(rights(lists, directory), place));
    } else if (place != DIRECTORY) {
      writer.store(
          new Step.Word(
              new Argument.ScratchWord(DIRECTORY + DESCRIPTOR_IN_STRUCTURE),
              place + DESCRIPTOR_IN_STRUCTURE));
    }
  }

  private void add(int place, Step.Failure failure, SetupWriter.Message message, long flags) {
    writer.add(
        writer.number("landlock_add_rule"),
        OptionalInt.empty(),
        failure,
        message,
        new Argument.ScratchWord(LandlockSteps.RULESET),
        SetupWriter.value(RULE_PATH_BENEATH),
        new Argument.ScratchPointer(place),
        SetupWriter.value(flags));
  }
}
