package dev.hardwire.live.phases;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("system")
class PhaseTest {
  private static final String TEXT =
      "arguments: 1 two 3.5 4 5 6.25 7 8.5 9.75 a 11.5 12.5 13.5 14.5 15.5 16.5 (61)";

  @TempDir private Path folder;
  private Phased phased;

  @BeforeEach
  void prepare() {
    phased = new Phased(folder);
  }

  static Stream<String> kinds() {
    return Phased.KINDS.stream();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theFilterAppliesFromTheFirstCallOn(String kind) throws IOException {
    Path program = Phased.program(kind);
    String[] steps = {"uname", "filters", "trigger", "uname", "filters", "trigger", "filters"};
    assertThat(Phased.run(program, steps)).contains("uname: 0").doesNotContain("uname: -1");
    Path patched = phased.patched(phased.withoutUnameFrom("epoll_wait"), program);
    assertThat(Phased.run(patched, steps))
        .containsExactly(
            "uname: 0",
            "filters: 1",
            "trigger: 0",
            "uname: -1",
            "filters: 2",
            "trigger: 0",
            "filters: 2");
  }

  /** Variadic functions have the number of vector registers in al. */
  @ParameterizedTest
  @MethodSource("kinds")
  void argumentsReachTheFunctionInAllRegisters(String kind) throws IOException {
    Path program = Phased.program(kind);
    assertThat(Phased.run(program, "arguments")).containsExactly(TEXT);
    Path patched = phased.patched(phased.withoutUnameFrom("snprintf"), program);
    assertThat(Phased.run(patched, "arguments", "uname", "arguments"))
        .containsExactly(TEXT, "uname: -1", TEXT);
  }

  @Test
  void threadsAndChildrenHaveTheFilter() throws IOException {
    Path patched = phased.patched(phased.withoutUnameFrom("epoll_wait"), Phased.program("pie"));
    assertThat(Phased.run(patched, "thread", "filters", "trigger", "filters", "thread", "filters"))
        .containsExactly("filters: 1 1", "trigger: 0", "filters: 2 2", "filters: 2 2 2");
    assertThat(Phased.run(patched, "fork", "trigger", "filters"))
        .containsExactly("child: 2", "parent: 1", "trigger: 0", "filters: 2");
  }

  @Test
  void threadsThatCallAtOnceInstallOneFilter() throws IOException {
    Path patched = phased.patched(phased.withoutUnameFrom("epoll_wait"), Phased.program("now"));
    assertThat(Phased.run(patched, "race:300")).containsExactly("race: 2 to 2");
  }

  @Test
  void errnoAndSmallStacksAreLeftAlone() throws IOException {
    Path patched = phased.patched(phased.withoutUnameFrom("epoll_wait"), Phased.program("pie"));
    assertThat(Phased.run(patched, "errno", "filters")).containsExactly("errno: 77", "filters: 2");
    assertThat(Phased.run(patched, "signal", "filters")).containsExactly("filters: 2");
  }

  /** The phase itself denies seccomp, and the start denies it but for the one call. */
  @Test
  void nothingButTheOneCallIsAllowed() throws IOException {
    Path policy =
        phased.write(
            """
            version: 1
            default: kill-process
            rules:
              - allow: ["@basic-io", "@file-system", "@io-event", "@process", uname, exit_group, brk]
              - allow: [mmap, mprotect, munmap, rt_sigprocmask, rt_sigaction, rt_sigreturn, getrandom]
            phases:
              - name: serve
                at: {first-call-of: epoll_wait}
                default: kill-process
                rules: [allow: [epoll_wait, epoll_pwait, write, exit_group]]
            """);
    Path patched = phased.patched(policy, Phased.program("pie"));
    assertThat(Phased.run(patched, "uname", "trigger", "trigger"))
        .containsExactly("uname: 0", "trigger: 0", "trigger: 0");
    Programs.run(patched, "trigger", "uname").endsWith(Programs.KILLED_BY_SIGSYS);
  }

  @Test
  void phasesBeginInAnyOrder() throws IOException {
    Path policy =
        phased.write(
            """
            version: 1
            default: allow
            rules: []
            log: true
            phases:
              - {name: a, at: {first-call-of: epoll_wait}, default: allow, rules: [errno EPERM: [uname]]}
              - {name: b, at: {first-call-of: snprintf}, default: allow, rules: [errno 3: [epoll_wait]]}
              - {name: c, at: main, default: allow, rules: [errno 5: [seccomp]]}
            """);
    Path patched = phased.patched(policy, Phased.program("pie"));
    assertThat(Phased.run(patched, "uname", "trigger", "uname", "arguments", "trigger"))
        .containsExactly("uname: 0", "trigger: 0", "uname: -1", TEXT, "trigger: -1");
    assertThat(Phased.run(patched, "arguments", "trigger", "uname", "trigger"))
        .containsExactly(TEXT, "trigger: -1", "uname: -1", "trigger: -1");
  }

  @ParameterizedTest
  @CsvSource({
    "pie, init",
    "pie, entry",
    "nonpie, init",
    "lld, init",
    "musl, init",
    "static, init",
    "static, entry",
    "i386, entry",
    "no-plt, auto"
  })
  void mainIsAfterTheConstructors(String kind, String hook) throws IOException {
    Path policy = phased.policy("main", "errno EPERM: [uname, olduname, oldolduname]");
    Path patched = phased.patched(policy, Phased.program(kind), "--hook", hook);
    assertThat(Phased.run(patched, "filters", "uname", "trigger"))
        .containsExactly("filters: 2", "uname: -1", "trigger: 0");
  }

  /** A thread with a filter of its own cannot be synchronised: TSYNC returns its number. */
  @Test
  void aPhaseThatCannotBeginEndsTheProgram() throws IOException {
    Path patched = phased.patched(phased.withoutUnameFrom("epoll_wait"), Phased.program("pie"));
    Programs.run(patched, "own-filter", "trigger", "uname")
        .fails(
            126,
            "hardwire: the phase \"later\" could not begin, so the program is ended;"
                + " seccomp(SECCOMP_SET_MODE_FILTER) returned ");
  }

  @Test
  void aPhaseThatIsFakedEndsTheProgram() throws IOException {
    Path patched = phased.patched(phased.withoutUnameFrom("epoll_wait"), Phased.program("pie"));
    Programs.run(patched, "fake", "trigger", "uname")
        .fails(
            126,
            "hardwire: a filter outside this program fakes seccomp, so the phase \"later\" could"
                + " not begin, and the program is ended");
  }

  /** The filters of a phase stay when the process runs another program, which has its own phase. */
  @Test
  void phasesOfTheProgramBeforeDoNotFakeThoseOfTheNext() throws IOException {
    Path program = Phased.program("pie");
    Path first = phased.patched(phased.withoutUnameFrom("epoll_wait"), program);
    Path other = phased.policy("{first-call-of: epoll_wait}", "errno 3: [epoll_wait]");
    Path second = phased.patched(other, program);
    assertThat(
            Phased.run(first, "trigger", "exec", second.toString(), "filters", "trigger", "uname"))
        .containsExactly("trigger: 0", "filters: 3", "trigger: -1", "uname: -1");
    assertThat(
            Phased.run(first, "trigger", "exec", first.toString(), "uname", "trigger", "filters"))
        .containsExactly("trigger: 0", "uname: -1", "trigger: 0", "filters: 4");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          static | {first-call-of: epoll_wait} | a static program calls no function of a library
          no-plt | {first-call-of: epoll_wait} | places in the code use its slot
          i386   | {first-call-of: epoll_wait} | first-call-of is not supported on i386
          pie    | {first-call-of: accept4}    | the program does not import it
          """)
  void whatCannotBeginIsRefused(String kind, String at, String message) throws IOException {
    Path policy = phased.policy(at, "errno EPERM: [pivot_root]");
    Cli.run("patch", "--policy", policy, "-o", folder.resolve("out"), Phased.program(kind))
        .fails(3, message);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void otherCarriersRefuseThem() throws IOException {
    Path policy = phased.withoutUnameFrom("epoll_wait");
    Path out = folder.resolve("out");
    Path program = Phased.program("pie");
    Cli.run("library", "--policy", policy, "-o", out).fails(4, "a library cannot begin a phase");
    Cli.run("launcher", "--policy", policy, "-o", out).fails(4, "a launcher cannot begin a phase");
    Cli.run(
            "patch",
            "--mode",
            "needed",
            "--library",
            "/x.so",
            "--policy",
            policy,
            "-o",
            out,
            program)
        .fails(3, "a library that runs the setup program cannot begin phases");
    Cli.run("policy", "convert", "--to", "oci", policy).fails(4, "oci cannot express phases");
    assertThat(out).doesNotExist();
  }

  @Test
  void aSecondPolicyCanBeAdded() throws IOException {
    Path first = phased.withoutUnameFrom("epoll_wait");
    Path patched = phased.patched(first, Phased.program("pie"));
    Path second = phased.policy("{first-call-of: snprintf}", "errno 3: [epoll_wait]");
    Path twice = folder.resolve("twice");
    Cli.ok("patch", "--stack", "--policy", second, "-o", twice, patched);
    Cli.ok("verify", twice);
    assertThat(Phased.run(twice, "uname", "trigger", "uname", "arguments", "trigger", "filters"))
        .containsExactly("uname: 0", "trigger: 0", "uname: -1", TEXT, "trigger: -1", "filters: 4");
    Path restored = folder.resolve("once");
    Cli.ok("restore", "-o", restored, twice);
    assertThat(restored).has(sameBytesAs(patched));
    Cli.run("patch", "--stack", "--policy", first, "-o", folder.resolve("no"), patched)
        .fails(3, "begins at the first call of epoll_wait too");
    Path faking = phased.write("version: 1\ndefault: allow\nrules: [errno 0: [seccomp]]\n");
    Cli.run("patch", "--stack", "--policy", faking, "-o", folder.resolve("no"), patched)
        .fails(3, "answers seccomp of another policy with errno 0");
  }

  /** A phase begins after the start of every policy, so all must let it begin. */
  @Test
  void stackedPoliciesLetEachOthersPhasesBegin() throws IOException {
    Path phases = phased.withoutUnameFrom("epoll_wait");
    Path patched = phased.patched(phases, Phased.program("pie"));
    Path denies =
        phased.write("version: 1\nname: d\ndefault: allow\nrules: [errno EPERM: [seccomp]]\n");
    Path no = folder.resolve("no");
    for (String hook : List.of("init", "post-init")) {
      Cli.run("patch", "--stack", "--hook", hook, "--policy", denies, "-o", no, patched)
          .fails(3, "denies seccomp, with which ");
    }
    Path denied = phased.patched(denies, Phased.program("pie"));
    Cli.run("patch", "--stack", "--policy", phases, "-o", no, denied)
        .fails(3, "the policy \"d\" denies seccomp, with which the phase \"later\" begins");
    Path later = phased.policy("{first-call-of: snprintf}", "errno EPERM: [seccomp]");
    Cli.run("patch", "--stack", "--policy", later, "-o", no, patched)
        .fails(3, "denies seccomp, with which the phase \"later\" begins");
    assertThat(no).doesNotExist();
    Path exact =
        phased.write(
            """
            version: 1
            default: allow
            rules:
              - allow: [seccomp]
                when: "op == SECCOMP_SET_MODE_FILTER"
              - errno EPERM: [seccomp]
            """);
    Path out = folder.resolve("both");
    Cli.ok("patch", "--stack", "--policy", exact, "-o", out, patched);
    assertThat(Phased.run(out, "uname", "trigger", "uname"))
        .containsExactly("uname: 0", "trigger: 0", "uname: -1");
  }

  /** The section for the flag keeps it in its segment. */
  @ParameterizedTest
  @CsvSource({"strip, pie", "strip, nonpie", "llvm-strip, pie", "eu-strip, pie", "strip, lld"})
  void strippedProgramsStillBegin(String tool, String kind) throws IOException {
    Path patched = phased.patched(phased.withoutUnameFrom("epoll_wait"), Phased.program(kind));
    Path stripped = Files.copy(patched, folder.resolve("stripped"));
    Programs.output(tool, stripped);
    assertThat(Phased.run(stripped, "uname", "trigger", "uname", "filters"))
        .containsExactly("uname: 0", "trigger: 0", "uname: -1", "filters: 2");
    assertThat(Programs.output("readelf", "-lW", stripped).lines())
        .as("flags are in the segment")
        .anyMatch(line -> line.contains(".bss.hardwire"));
  }
}
