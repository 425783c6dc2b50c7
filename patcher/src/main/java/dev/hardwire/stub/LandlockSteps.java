package dev.hardwire.stub;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.policy.Landlock;
import dev.hardwire.stub.SetupWriter.Skip;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The steps that restrict files and ports: landlock(7).
 *
 * <p>The kernel tells the version of its ABI without opening anything, so a program that has no
 * descriptors left is stopped by the first real step instead of running with fewer rights. A record
 * cannot compare numbers, but FUTEX_CMP_REQUEUE does, with no effect where nobody waits: each
 * version for which the program differs is compared, and what no comparison finds is the newest.
 *
 * <p>The scratch area, which is zero at the start, holds at {@link #ABI} the version, at {@link
 * #RULESET} the descriptor, at {@link #ATTRIBUTES} the struct landlock_ruleset_attr, and the flags
 * and structures of {@link LandlockPaths}.
 */
final class LandlockSteps {
  static final int VERSION = 1;
  private static final int ERRATA = 2;
  private static final long EINVAL = 0xffff_ffffL & -22;
  private static final String LACKS_SIGNALS =
      "this kernel's Landlock refuses the scope of signals, which its ABI promises";

  private static final int ATTRIBUTES_SIZE = 24;
  private static final int QUIET_ATTRIBUTES_SIZE = 48;

  static final int ABI = 64;
  static final int RULESET = 72;
  static final int ATTRIBUTES = 80;
  static final int PORTS = ATTRIBUTES + 8;
  static final int SCOPED = ATTRIBUTES + 16;
  static final int FLAGS = 104;

  /** The rights of unix sockets and UDP ports once more, to tell whether the kernel has them. */
  static final int UNIX = 288;

  static final int UDP = 296;

  /** The struct landlock_ruleset_attr with fields about the log, which is longer. */
  static final int QUIET_ATTRIBUTES = 312;

  /** Its quiet_access_fs, 0 on kernels without it. */
  static final int QUIET_FILES = QUIET_ATTRIBUTES + 24;

  private final SetupWriter writer;
  private final Landlock landlock;
  private final LandlockPaths paths;

  /** Newer versions make no difference. */
  private final int newest;

  /** The place of the struct landlock_ruleset_attr. */
  private final int attributes;

  /** Skips of a program that continues without Landlock. */
  private final List<Skip> without = new ArrayList<>();

  private LandlockSteps(SetupWriter writer, Landlock landlock) {
    this.writer = writer;
    this.landlock = landlock;
    this.paths = new LandlockPaths(writer, landlock);
    this.newest = LandlockRights.newest(landlock);
    this.attributes = landlock.quiet().isEmpty() ? ATTRIBUTES : QUIET_ATTRIBUTES;
  }

  static void write(SetupWriter writer, Landlock landlock) {
    new LandlockSteps(writer, landlock).write();
  }

  private void write() {
    version();
    ladder();
    List<Skip> created = new ArrayList<>();
    if (landlock.scope().contains(Landlock.Scope.SIGNAL)) {
      createUnlessSignalsAreMissing(created);
    }
    create();
    writer.land(created);
    rules();
    restrict(0);
    writer.land(without);
  }

  /**
   * The steps of a phase. The start has asked for the version; a kernel that lacks a right or a
   * flag refuses the calls.
   */
  static void writeInPhase(SetupWriter writer, Landlock landlock) {
    LandlockSteps steps = new LandlockSteps(writer, landlock);
    steps.rights(steps.newest);
    steps.create();
    steps.rules();
    steps.restrict(LandlockRights.flags(landlock, steps.newest));
  }

  /**
   * Creates the ruleset. A kernel is known whose ABI promises the scope of signals, and which
   * refuses it: it counts as one that is older, and gets the rest.
   *
   * @param created skips where the ruleset is there
   */
  private void createUnlessSignalsAreMissing(List<Skip> created) {
    int tried =
        writer.add(
            writer.number("landlock_create_ruleset"),
            writer.word(RULESET),
            Step.Failure.ERROR,
            writer.noMessage(),
            new Argument.ScratchPointer(attributes),
            size());
    writer.set(new Skip(tried, false), 1);
    created.add(writer.jump());
    int scoped = attributes + SCOPED - ATTRIBUTES;
    long promised = LandlockRights.scoped(landlock, newest);
    List<Skip> others = new ArrayList<>();
    others.add(writer.compare(RULESET, EINVAL));
    others.add(writer.compare(scoped, promised));
    others.add(signalsAlone());
    int before = Landlock.SCOPE - 1;
    if (isRefused(before)) {
      String lacks = LACKS_SIGNALS + ", so the program was not started; ";
      writer.add(
          writer.number("landlock_create_ruleset"),
          Step.Failure.NON_ZERO,
          writer.message("hardwire: " + lacks + "erratum 2 is bit 1 of its errata, which are "),
          SetupWriter.value(0),
          SetupWriter.value(0),
          SetupWriter.value(ERRATA));
      writer.stop(writer.message("hardwire: " + lacks + "it reports no erratum\n"));
    } else if (runsWithout(before) && promised == LandlockRights.SIGNAL) {
      warnOfSignals("runs without it");
      without.add(writer.jump());
    } else {
      if (isWarned(before)) {
        warnOfSignals("is less restricted");
      }
      writer.store(new Step.Word(SetupWriter.value(promised & ~LandlockRights.SIGNAL), scoped));
    }
    writer.land(others);
  }

  /** The skip of a kernel that has the scope of signals, and refuses something else. */
  private Skip signalsAlone() {
    ByteWriter attributes = new ByteWriter(writer.machine().order());
    int alone =
        writer.add(
            writer.number("landlock_create_ruleset"),
            writer.word(RULESET),
            Step.Failure.ERROR,
            writer.noMessage(),
            writer.structure(attributes.u64(0).u64(0).u64(LandlockRights.SIGNAL).toBytes()),
            SetupWriter.value(ATTRIBUTES_SIZE));
    close();
    Skip has = writer.jump();
    writer.set(new Skip(alone, false), 2);
    return has;
  }

  private void close() {
    writer.add(
        writer.number("close"),
        Step.Failure.NEVER,
        writer.noMessage(),
        new Argument.ScratchWord(RULESET));
  }

  private void warnOfSignals(String consequence) {
    writer.print(
        writer.message(
            "hardwire: warning: "
                + LACKS_SIGNALS
                + " (erratum 2), so the program "
                + consequence
                + "\n"));
  }

  private Argument size() {
    return SetupWriter.value(attributes == ATTRIBUTES ? ATTRIBUTES_SIZE : QUIET_ATTRIBUTES_SIZE);
  }

  private void create() {
    writer.add(
        writer.number("landlock_create_ruleset"),
        writer.word(RULESET),
        Step.Failure.ERROR,
        writer.message(
            "hardwire: landlock_create_ruleset failed (the policy takes ABI %d of Landlock), %s; %s"
                .formatted(
                    Math.max(landlock.leastAbi(), landlock.firstAbi()),
                    writer.consequence(),
                    "the call returned ")),
        new Argument.ScratchPointer(attributes),
        size());
  }

  private void rules() {
    paths.write(without, mayLack(Landlock.UNIX), mayLack(Landlock.QUIET));
    if (landlock.restrictsPorts()) {
      TreeMap<Integer, Long> tcp = new TreeMap<>();
      LandlockPorts.add(tcp, landlock.bind(), LandlockRights.BIND_TCP);
      LandlockPorts.add(tcp, landlock.connect(), LandlockRights.CONNECT_TCP);
      LandlockPorts.write(writer, tcp, without, mayLack(LandlockRights.FIRST_PORTS), PORTS);
    }
    if (landlock.restrictsUdp()) {
      TreeMap<Integer, Long> udp = new TreeMap<>();
      LandlockPorts.add(udp, landlock.boundUdp(), LandlockRights.BIND_UDP);
      LandlockPorts.add(udp, landlock.connectUdp(), LandlockRights.CONNECT_SEND_UDP);
      LandlockPorts.write(writer, udp, without, mayLack(Landlock.UDP), UDP);
    }
  }

  private void version() {
    boolean mayLack = runsWithout(0);
    int probe =
        writer.add(
            writer.number("landlock_create_ruleset"),
            writer.word(ABI),
            Step.Failure.ERROR,
            mayLack
                ? writer.noMessage()
                : writer.message(
                    "hardwire: this kernel does not offer Landlock, so the program was not"
                        + " started; the call returned "),
            SetupWriter.value(0),
            SetupWriter.value(0),
            SetupWriter.value(VERSION));
    if (mayLack) {
      writer.set(new Skip(probe, false), 1);
      Skip offered = writer.jump();
      writer.print(
          writer.message(
              "hardwire: warning: this kernel does not offer Landlock, so the program runs without"
                  + " it\n"));
      without.add(writer.jump());
      writer.land(new ArrayList<>(List.of(offered)));
    }
  }

  /** Whether a kernel of this version starts the program although it enforces nothing of this. */
  private boolean runsWithout(int abi) {
    return !isRefused(abi) && abi < landlock.firstAbi();
  }

  private boolean isRefused(int abi) {
    return !landlock.kernel().warns() && abi < landlock.leastAbi();
  }

  /** Whether a kernel on which the program is started may be older than a version. */
  private boolean mayLack(int version) {
    for (int abi = landlock.firstAbi(); abi < version; abi++) {
      if (!isRefused(abi)) {
        return true;
      }
    }
    return false;
  }

  /** The first version on which the program starts without a warning. */
  private int silentFrom() {
    return landlock.leastAbi() == 0 ? landlock.neededAbi() : landlock.leastAbi();
  }

  private boolean isWarned(int abi) {
    return !isRefused(abi) && abi < silentFrom();
  }

  /**
   * Compares the versions from the newest down, so that a comparison which a filter outside answers
   * with success takes the most rights away.
   */
  private void ladder() {
    List<Skip> created = new ArrayList<>();
    List<Integer> same = new ArrayList<>();
    for (int abi = newest - 1; abi >= 0; abi--) {
      same.add(abi);
      if (abi == 0 || !isSame(abi, abi - 1)) {
        rung(same, created);
        same.clear();
      }
    }
    rights(newest);
    writer.land(created);
  }

  private boolean isSame(int one, int other) {
    return isRefused(one) == isRefused(other)
        && runsWithout(one) == runsWithout(other)
        && isWarned(one) == isWarned(other)
        && (isRefused(one) || runsWithout(one) || rightsOf(one).equals(rightsOf(other)));
  }

  /** What the program does on a kernel of one of these versions. */
  private void rung(List<Integer> versions, List<Skip> created) {
    List<Integer> compared = new ArrayList<>(versions);
    if (isRefused(versions.get(0))) {
      // older kernels refuse the ruleset of the newest version
      compared.removeIf(abi -> abi < landlock.neededAbi());
    }
    if (compared.isEmpty()) {
      return;
    }
    List<Skip> here = new ArrayList<>();
    for (int i = 0; i + 1 < compared.size(); i++) {
      writer.set(writer.compare(ABI, compared.get(i)), 1);
      here.add(writer.jump());
    }
    List<Skip> past =
        new ArrayList<>(List.of(writer.compare(ABI, compared.get(compared.size() - 1))));
    writer.land(here);
    body(compared.get(0), created);
    writer.land(past);
  }

  private void body(int abi, List<Skip> created) {
    if (isRefused(abi)) {
      writer.stop(
          writer.message(
              "hardwire: this kernel's Landlock is older than ABI "
                  + landlock.leastAbi()
                  + ", so the program was not started\n"));
      return;
    }
    if (runsWithout(abi)) {
      writer.print(
          writer.message(
              "hardwire: warning: this kernel's Landlock is older than ABI "
                  + landlock.firstAbi()
                  + ", so the program runs without it\n"));
      without.add(writer.jump());
      return;
    }
    if (isWarned(abi)) {
      writer.print(
          writer.message(
              "hardwire: warning: this kernel's Landlock is older than ABI "
                  + silentFrom()
                  + ", so the program is less restricted\n"));
    }
    rights(abi);
    created.add(writer.jump());
  }

  private SortedMap<Integer, Long> rightsOf(int abi) {
    SortedMap<Integer, Long> words = new TreeMap<>();
    words.put(attributes, LandlockRights.handledFiles(landlock, abi));
    words.put(attributes + PORTS - ATTRIBUTES, LandlockRights.handledPorts(landlock, abi));
    words.put(attributes + SCOPED - ATTRIBUTES, LandlockRights.scoped(landlock, abi));
    words.put(QUIET_FILES, LandlockRights.quietFiles(landlock, abi));
    if (attributes != ATTRIBUTES) {
      words.put(PORTS, LandlockRights.handledPorts(landlock, abi)); // to compare with
    }
    words.put(FLAGS, LandlockRights.flags(landlock, abi));
    words.put(UNIX, LandlockRights.handledUnix(landlock, abi));
    words.put(UDP, LandlockRights.handledUdp(landlock, abi));
    paths.addRights(words, abi);
    words.values().removeIf(word -> word == 0);
    return words;
  }

  /** Stores what differs between versions. */
  private void rights(int abi) {
    List<Step.Word> words = new ArrayList<>();
    rightsOf(abi)
        .forEach((offset, value) -> words.add(new Step.Word(SetupWriter.value(value), offset)));
    for (int at = 0; at < words.size(); at += 3) {
      writer.store(words.subList(at, Math.min(at + 3, words.size())).toArray(Step.Word[]::new));
    }
  }

  /**
   * Restricts the process.
   *
   * @param probed flags of a call without a ruleset, which the kernel refuses
   */
  private void restrict(long probed) {
    writer.extend(without, 5);
    int restrict = writer.number("landlock_restrict_self");
    writer.probe(restrict, "Landlock", SetupWriter.value(0xffff_ffffL), SetupWriter.value(probed));
    writer.call(
        restrict,
        "landlock_restrict_self",
        Step.Failure.NON_ZERO,
        new Argument.ScratchWord(RULESET),
        new Argument.ScratchWord(FLAGS));
    close();
  }

  /** The steps that add a rule for each port: struct landlock_net_port_attr. */
  private static final class LandlockPorts {
    private static final int RULE_NET_PORT = 2;

    private LandlockPorts() {}

    static void add(Map<Integer, Long> rights, Optional<List<Integer>> ports, long right) {
      for (int port : ports.orElse(List.of())) {
        rights.merge(port, right, (one, other) -> one | other);
      }
    }

    /**
     * Adds the steps.
     *
     * @param ports with their rights
     * @param without skips over all of them, which are continued
     * @param mayLack whether the kernel may have no such rights, so that the rules are skipped
     * @param place of the word that is 0 then
     */
    static void write(
        SetupWriter writer,
        Map<Integer, Long> ports,
        List<Skip> without,
        boolean mayLack,
        int place) {
      List<Skip> past = new ArrayList<>();
      if (mayLack && !ports.isEmpty()) {
        writer.set(writer.compare(place, 0), 1);
        past.add(writer.jump());
      }
      ports.forEach(
          (port, rights) -> {
            writer.extend(without, 2);
            writer.extend(past, 2);
            port(writer, port, rights);
          });
      writer.land(past);
    }

    private static void port(SetupWriter writer, int port, long rights) {
      ByteWriter attributes = new ByteWriter(writer.machine().order());
      Argument rule = writer.structure(attributes.u64(rights).u64(port).toBytes());
      writer.add(
          writer.number("landlock_add_rule"),
          Step.Failure.NON_ZERO,
          writer.message(
              "hardwire: the Landlock rule for port %d failed, %s; the call returned "
                  .formatted(port, writer.consequence())),
          new Argument.ScratchWord(LandlockSteps.RULESET),
          SetupWriter.value(RULE_NET_PORT),
          rule);
    }
  }
}
