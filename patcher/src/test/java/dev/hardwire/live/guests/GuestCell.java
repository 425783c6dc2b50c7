package dev.hardwire.live.guests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Expected;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One program that gets its policy in one way, in a guest: refused, or run there with several
 * policies beside the original.
 */
final class GuestCell {
  /** Real programs open files in the course of their work, and end with exit_group(2). */
  private static final String POLICY =
      """
      version: 1
      default: allow
      rules:
        - errno ENETDOWN: [openat]
        - kill-process: [exit_group]
      """;

  /** Why a hook in the init array can be impossible. */
  private static final Set<String> REFUSALS = Set.of("no-init-array", "init-not-run");

  /** Why init is impossible in every program of riscv64 that has an init array. */
  private static final String PREINIT = "runs-before-init";

  private static final String STOPPED =
      "hardwire: seccomp(SECCOMP_SET_MODE_FILTER) failed, so the program was not started; the call"
          + " returned -38\n";

  private final GuestProgram program;
  private final Way way;
  private final GuestWays ways;
  private final GuestFolder guest;
  private final String id;
  private final boolean isRun;
  private final String refusal;

  /**
   * Patches the program, or learns why that is refused, and tells the guest what to run.
   *
   * @param isRun whether the guest runs it
   */
  GuestCell(GuestProgram program, Way way, GuestWays ways, GuestFolder guest, boolean isRun) {
    this.program = program;
    this.way = way;
    this.ways = ways;
    this.guest = guest;
    this.id = original(program) + "-" + way;
    this.isRun = isRun;
    Optional<String> refused = patch("allow");
    this.refusal = refused.orElse(null);
    if (refused.isEmpty() && isRun) {
      prepare();
    }
  }

  /** The name, in the guest, of a program that is not patched. */
  static String original(GuestProgram program) {
    return program.name() + "-" + program.architecture();
  }

  /** The policy file for real programs. */
  static String policy() {
    return POLICY;
  }

  GuestProgram program() {
    return program;
  }

  /** Its part in the table. */
  SupportTable.Entry entry() {
    return new SupportTable.Entry(program.kind(), way, isRefused());
  }

  Way way() {
    return way;
  }

  /** The file that allows every call, if it is not refused. */
  Path allowed() {
    return guest.patched(id + ".allow");
  }

  boolean isRefused() {
    return refusal != null;
  }

  boolean isRun() {
    return isRun;
  }

  private void prepare() {
    run("allow", "allow", program.arguments());
    if (!program.status().isEmpty()) {
      run("status", "allow", program.status());
    }
    for (String variant : program.built() ? List.of("errno", "kills") : List.of("denied")) {
      assertThat(patch(variant)).as("%s: refusal", this).isEmpty();
      run(variant, variant, program.arguments());
    }
    guest.runWithoutSeccomp(
        program.architecture(), id + ".stopped", command("allow"), program.arguments());
  }

  private void run(String aspect, String variant, List<String> arguments) {
    guest.run(id + "." + aspect, command(variant), arguments);
  }

  private List<String> command(String variant) {
    return ways.command(way, variant, id + "." + variant, original(program));
  }

  /** The id of the refusal; empty if the file was patched. */
  private Optional<String> patch(String variant) {
    Path out = guest.patched(id + "." + variant);
    Outcome answer = ways.patch(program, way, variant, out);
    if (answer.status() == 3) {
      String start = "hardwire: " + program.file() + ": ";
      assertThat(answer.err()).startsWith(start);
      return Optional.of(answer.err().substring(start.length()).replaceFirst("(?s):.*", ""));
    }
    assertThat(answer.status()).as("%s: %s", this, answer).isZero();
    if (way.isInFile() && isRun) {
      guest.addChanges(program.file(), id + "." + variant);
    }
    return Optional.empty();
  }

  /** Asserts that what the guest did is what it had to do. */
  void check() {
    if (isRefused()) {
      checkRefusal();
      return;
    }
    assertThat(startsInAPreinitArray()).as("%s: code before init", this).isFalse();
    Outcome original = guest.outcome(original(program));
    assertThat(outcome("allow")).as("%s: all allowed", this).isEqualTo(under(original));
    assertThat(outcome("stopped"))
        .as("%s: seccomp fails", this)
        .isEqualTo(new Outcome(126, "", STOPPED));
    if (program.built()) {
      checkBuilt(original);
    } else {
      checkReal(original);
    }
  }

  private void checkRefusal() {
    assertThat(way).isIn(Way.INIT, Way.POST_INIT);
    if (startsInAPreinitArray()) {
      assertThat(refusal).isIn(PREINIT, "no-init-array");
    } else {
      assertThat(REFUSALS).contains(refusal);
    }
  }

  /** The start code of riscv64 is itself an element of such an array. */
  private boolean startsInAPreinitArray() {
    return way == Way.INIT && program.architecture().equals("riscv64");
  }

  private void checkBuilt(Outcome original) {
    original.endsWith(7);
    assertThat(original.out()).contains("\nmain uname=ok\nphdr ok\ndone\n");
    String before = guest.outcome(original(program) + ".status").out();
    assertThat(before).contains("\nSeccomp: 0\n");
    assertThat(outcome("status"))
        .as("%s: status", this)
        .isEqualTo(new Outcome(7, Expected.confinedStatus(under(before)), ""));
    assertThat(outcome("errno"))
        .as("%s: uname fails", this)
        .isEqualTo(new Outcome(7, withUnameDenied(original.out()), ""));
    Outcome killed = outcome("kills");
    assertThat(killed.status()).as("%s: %s", this, killed).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(original.out()).startsWith(killed.out());
    assertThat(killed.out()).doesNotContain("main uname", "done");
  }

  private Outcome under(Outcome original) {
    return new Outcome(original.status(), under(original.out()), original.err());
  }

  private String under(String original) {
    return way.hook().map(hook -> Expected.under(hook, original)).orElse(original);
  }

  private String withUnameDenied(String original) {
    return under(original)
        .lines()
        .map(
            line ->
                way == Way.POST_INIT && line.contains("ctor")
                    ? line
                    : line.replace("uname=ok", "uname=errno " + Policies.ENETDOWN))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private void checkReal(Outcome original) {
    assertThat(original.out()).as("%s: %s", this, original).isNotEmpty();
    Outcome denied = outcome("denied");
    assertThat(denied.status()).as("%s: %s", this, denied).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(denied.out() + denied.err())
        .as("%s: openat fails", this)
        .containsIgnoringCase(
            way == Way.FIRST ? " cannot be opened: error 100, so" : "network is down");
    if (!program.status().isEmpty()) {
      assertThat(guest.outcome(original(program) + ".status").out()).containsPattern(seccomp(0));
      assertThat(outcome("status").out()).as("%s: status", this).containsPattern(seccomp(2));
    }
  }

  private static String seccomp(int mode) {
    return "Seccomp:\\s*" + mode;
  }

  private Outcome outcome(String variant) {
    return guest.outcome(id + "." + variant);
  }

  @Override
  public String toString() {
    return program + " " + way;
  }
}
