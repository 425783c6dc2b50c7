package dev.hardwire.live.why;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code hardwire why} finds the call, the function and the rule in programs that run. */
@Tag("system")
class WhyTest {
  private static final String LINE =
      "- {allow: [socket], when: \"family == AF_NETLINK"
          + " && (type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) == SOCK_RAW\"}";

  @TempDir private static Path programs;
  @TempDir private Path folder;

  private static Outcome why(Object... words) {
    return CommandLoop.shared().run("why", Programs.strings(words));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pie", "i386-static"})
  void theCallTheFunctionAndTheRuleAreFound(String kind) throws IOException {
    isFound(kind);
  }

  @Test
  @Tag("long")
  void theyAreFoundInProgramsOfEveryKind() throws IOException {
    for (String kind : DeniedProgram.kinds()) {
      isFound(kind);
    }
  }

  private static void isFound(String kind) throws IOException {
    Path program = DeniedProgram.build(programs, kind);
    Outcome outcome = why("--deny", "socket", "--", program);
    assertThat(outcome.status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(outcome.err())
        .contains(program + " (process ", ") was killed for a system call")
        .containsPattern("  (at|from) +socket\\+0x[0-9a-f]+ in ")
        .containsPattern("  from +forbidden\\+0x[0-9a-f]+ in " + program)
        .containsPattern("  from +main\\+0x[0-9a-f]+ in " + program)
        .contains("denied by --deny, item 1: kill-process: [socket]");
    if (kind.startsWith("i386")) {
      assertThat(outcome.err())
          .contains("socketcall(call=1, args=0x", "number 102 of i386", "take the call out");
    } else {
      assertThat(outcome.err())
          .contains("socket(family=AF_NETLINK, type=SOCK_RAW|SOCK_CLOEXEC, protocol=0), number 41")
          .contains("to allow  " + LINE + "    (before that rule)");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pie", "i386"})
  void ofSeveralThreadsTheOneIsFoundThatMadeTheCall(String kind) throws IOException {
    Path program = DeniedProgram.build(programs, kind);
    Outcome outcome = why("--deny", "socket", "--", program, "thread");
    assertThat(outcome.status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(outcome.err())
        .containsPattern("process \\d+, thread \\d+\\) was killed")
        .containsPattern("  from +work\\+0x[0-9a-f]+ in ")
        .containsOnlyOnce("was killed");
  }

  @Test
  void aThreadThatIsKilledAloneIsReported() throws IOException {
    Path program = DeniedProgram.build(programs, "pie");
    Outcome outcome =
        why("--deny", "socket", "--default-action", "kill-thread", "--", program, "thread");
    assertThat(outcome.err())
        .contains("lost a thread, killed for a system call", "kill-thread: [socket]")
        .containsPattern("  from +work\\+");
    assertThat(outcome.out()).isEqualTo("joined\n");
    assertThat(outcome.status()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pie", "static", "i386"})
  void aChildThatDiesIsReported(String kind) throws IOException {
    Path program = DeniedProgram.build(programs, kind);
    Outcome outcome = why("--deny", "socket", "--", program, "child");
    assertThat(outcome.out()).isEqualTo("child: signal 31\n");
    assertThat(outcome.status()).isEqualTo(3);
    assertThat(outcome.err()).containsOnlyOnce("was killed").contains("forbidden+0x");
  }

  @Test
  void aHandlerOfSigsysStillGetsTheSignal() throws IOException {
    Path program = DeniedProgram.build(programs, "pie");
    Outcome outcome = why("--deny", "socket", "--default-action", "trap", "--", program, "handler");
    assertThat(outcome.out()).isEqualTo("handled 31: call 41\n");
    assertThat(outcome.status()).isEqualTo(3);
    assertThat(outcome.err()).contains("got SIGSYS for a system call", "trap: [socket]", LINE);

    Outcome dead = why("--deny", "socket", "--default-action", "trap", "--", program);
    assertThat(dead.status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(dead.err()).containsOnlyOnce("hardwire: ").contains("got SIGSYS");
  }

  /** The last call of the program fails with ENOENT as well, but not by the filter. */
  @ParameterizedTest
  @ValueSource(strings = {"pie", "i386-static"})
  void errorsOfTheFilterAreToldFromThoseOfTheKernel(String kind) throws IOException {
    Path program = DeniedProgram.build(programs, kind);
    List<Object> words =
        List.of("--deny", "socket", "--default-action", "errno:ENOENT", "--", program, "error");
    Outcome outcome = why("--all", words);
    assertThat(outcome.out()).isEqualTo("No such file or directory\n");
    assertThat(outcome.status()).isEqualTo(3);
    assertThat(outcome.err())
        .containsOnlyOnce("got an error for a system call")
        .contains("errno ENOENT: [socket]", "forbidden+0x")
        .doesNotContain("nonexistent");
    assertThat(why(words).err())
        .isEqualTo(
            "hardwire: no denied call was seen; --all also reports calls that a policy answers with"
                + " an error\n");
  }

  @Test
  void ofDenialsThatAreNotSeenTheReportNamesTheSection() throws IOException {
    Path policy = folder.resolve("policy.yaml");
    String start = "version: 1\nname: few\ndefault: allow\nlandlock:\n  kernel: {at-least: 0}\n";
    Files.writeString(policy, start + "  read: [/usr, /lib, /lib64]\n");
    Outcome outcome = why("--all", "--policy", policy, "--", "cat", "/etc/passwd");
    assertThat(outcome.err())
        .contains("hardwire: no denied call was seen\nhardwire: the policy restricts files, too:");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(why("--policy", policy, "--", "cat", "/usr/bin/cat").err())
        .doesNotContain("no denied call");
    Files.writeString(policy, start + "  bind: [80]\n");
    assertThat(why("--policy", policy, "--", "false").err())
        .contains("the policy restricts ports, too:");
  }

  @Test
  void theCallersOfAHandlerAreFound() throws IOException {
    Path program = DeniedProgram.build(programs, "static");
    Path report = folder.resolve("report");
    Outcome outcome = why("--json", "-o", report, "--deny", "socket", "--", program, "signal");
    assertThat(outcome.err()).isEmpty();
    String json = Files.readString(report);
    assertThat(json.substring(json.indexOf("\"forbidden\"")))
        .containsPattern("(?s)\"interrupted\".*\"raise\".*\"main\".*\"_start\"");
  }

  @Test
  void aSignalOfAnotherProcessIsNotTakenForAFilters() throws IOException {
    Path program = DeniedProgram.build(programs, "pie");
    Outcome outcome = why("--deny", "socket", "--", program, "sent");
    assertThat(outcome.status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(outcome.err()).contains("died of SIGSYS: it got SIGSYS, but not from a filter");
  }

  @Test
  void pathsAreReadAndPrintedSafely() throws IOException {
    Path program = DeniedProgram.build(programs, "pie");
    Outcome outcome = why("--deny", "openat", "--", program, "open");
    assertThat(outcome.err())
        .contains("filename=\"/etc/hostname\\n\", flags=O_CLOEXEC, mode=0)")
        .contains("- {allow: [openat], when: \"(flags & ~O_CLOEXEC) == 0\"}");
  }

  @Test
  void aHardWiredProgramAndItsLayersAreNamed() throws IOException {
    Path program = DeniedProgram.build(programs, "pie");
    Path once = folder.resolve("once");
    Path twice = folder.resolve("twice");
    Cli.ok("patch", "--deny", "uname,socket", "-o", once, program);
    Cli.ok("patch", "--stack", "--deny", "socket", "--default-action", "trap", "-o", twice, once);
    Outcome outcome = why(twice);
    assertThat(outcome.status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(outcome.err())
        .contains("denied by layer 1 of " + twice + ":5:5: trap: [socket]")
        .contains("denied by layer 2 of " + twice + ":5:5: kill-process: [uname, socket]");
    assertThat(why(twice, "none").status()).isEqualTo(3);
  }

  @Test
  void aProgramThatAnotherOneStartsIsWatched() throws IOException {
    Path program = DeniedProgram.build(programs, "pie");
    Path wired = folder.resolve("wired");
    Cli.ok("patch", "--deny", "socket", "-o", wired, program);
    Outcome outcome = why("sh", "-c", wired + " exec " + wired + "; echo status $?");
    assertThat(outcome.out()).isEqualTo("status 159\n");
    assertThat(outcome.err())
        .contains("sh is not hard-wired")
        .contains("denied by policy of " + wired + ":5:5: kill-process: [socket]")
        .containsPattern("  from +work\\+");
  }

  private Path compiled(String name, String source) throws IOException {
    Path program = folder.resolve(name);
    Path file = Files.writeString(folder.resolve(name + ".c"), source);
    Programs.output("gcc", "-O1", "-o", program, file);
    return program;
  }

  private static final String PHASED =
      """
      #include <poll.h>
      #include <sys/utsname.h>
      __attribute__((noinline)) void forbidden(void) {
        struct utsname name;
        volatile int result = uname(&name);
        (void)result;
      }
      int main(void) {
        forbidden();
        poll(0, 0, 1);
        forbidden();
        return 0;
      }
      """;

  @Test
  void theRulesOfAPhaseAreKnown() throws IOException {
    Path program = compiled("phased", PHASED);
    Path wired = folder.resolve("wired");
    Path policy =
        Files.writeString(
            folder.resolve("phased.yaml"),
            """
            version: 1
            name: phased
            default: kill-process
            rules:
              - allow: [uname, poll, exit_group, seccomp, write]
            phases:
              - name: "work"
                at: {first-call-of: "poll"}
                default: kill-process
                rules:
                  - allow: [poll, exit_group]
            """);
    Cli.ok("patch", "--policy", policy, "-o", wired, program);
    Outcome outcome = why(wired);
    assertThat(outcome.status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(outcome.err())
        .contains("denied by phase \"work\", policy of " + wired + ":")
        .contains("default action: kill-process: no rule matches")
        .contains("to allow  - allow: [uname]    (to its rules)")
        .containsPattern("  from +forbidden\\+0x")
        .containsOnlyOnce("denied by");
    assertThat(why("--policy", policy, "--", program).err())
        .contains("denied by phase \"work\", " + policy + ":9:14, default action");
    String address = json(why("--json", wired).err(), "instruction");
    Path log =
        Files.writeString(
            folder.resolve("log"),
            ("audit: type=1326 audit(1795569800.014:3308): pid=7 comm=\"wired\" exe=\"%s\" sig=31"
                    + " arch=c000003e syscall=63 compat=0 ip=%s code=0x80000000\n")
                .formatted(wired, address));
    assertThat(Cli.ok("why", "--log", log).out())
        .containsPattern("  at +uname\\+0x[0-9a-f]+ in /.*/libc[.]so[.]6\n")
        .contains("denied by phase \"work\"");
  }

  private static String json(String text, String key) {
    String after = text.substring(text.indexOf("\"" + key + "\""));
    return after.split("\"", 5)[3];
  }

  @Test
  void aSecondStartUnderThePolicyIsToldWithAllThatItNeeds() throws IOException {
    Path program =
        compiled(
            "again",
            """
            #include <unistd.h>
            int main(int count, char **words) {
              return count > 1 ? execl("/proc/self/exe", words[0], (char *)0) : 0;
            }
            """);
    Path wired = folder.resolve("wired");
    Outcome patched = Cli.ok("patch", "--deny", "prctl,seccomp", "-o", wired, program);
    assertThat(patched.err())
        .contains("the policy lets the program execute files, but not itself")
        .contains("seccomp (when: \"op == SECCOMP_SET_MODE_FILTER\")");
    Outcome outcome = why(wired, "again");
    assertThat(outcome.status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(outcome.err())
        .contains("prctl(option=PR_SET_NO_NEW_PRIVS")
        .contains("  restart   the program was executed again under its policy")
        .contains(
            "allow prctl (when: \"option == PR_SET_NO_NEW_PRIVS\"), seccomp (when: \"op =="
                + " SECCOMP_SET_MODE_FILTER\")");
    assertThat(why(wired).status()).isZero();
    assertThat(why("--deny", "execve", "--", program, "again").err()).doesNotContain("restart");
  }

  /** Go's files have no call frame information, and stripped ones no symbols. */
  @Test
  void callersInStrippedGoAreFound() throws IOException {
    callersInGo("-s -w");
  }

  @Test
  @Tag("long")
  void callersInGoAreFound() throws IOException {
    callersInGo("");
  }

  private void callersInGo(String flags) throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("main.go"),
            """
            package main
            import "syscall"
            //go:noinline
            func forbidden() { syscall.Chroot("/nonexistent") }
            //go:noinline
            func work(done chan bool) { forbidden(); done <- true }
            func main() { done := make(chan bool); go work(done); <-done }
            """);
    Path program = folder.resolve("program");
    Outcome built =
        Programs.run(
            Map.of(
                "CGO_ENABLED", "0", "GOCACHE", Fixtures.directory().resolve("gocache").toString()),
            "go",
            "build",
            "-trimpath",
            "-ldflags=" + flags,
            "-o",
            program,
            source);
    built.succeeds();
    Outcome outcome = why("--deny", "chroot", "--", program);
    assertThat(outcome.err())
        .containsPattern("  at +internal/runtime/syscall.Syscall6\\+|  at +[a-z/]*[.]Syscall6")
        .containsPattern("  from +syscall.Chroot\\+0x[0-9a-f]+ in " + program)
        .containsPattern("  from +main.forbidden\\+0x[0-9a-f]+ in " + program)
        .containsPattern("  from +main.work\\+0x[0-9a-f]+ in " + program);
  }

  @Test
  void aStoppedProgramContinues() throws IOException {
    Path program = DeniedProgram.build(programs, "pie");
    String line =
        """
        until grep -qs '^State:.*stop' /proc/$(pgrep -f '^%s stopped' || echo 0)/status; do
          sleep 0.1
        done
        sleep 0.3
        kill -CONT $(pgrep -f '^%s stopped')
        """
            .formatted(program, program);
    CommandLoop loop = CommandLoop.shared();
    loop.send("why", "--deny", "socket", "--", program, "stopped");
    Programs.output("sh", "-c", line);
    assertThat(loop.answer().err()).contains("forbidden+0x");
  }

  @Test
  void theStatusIsThatOfTheProgram() throws IOException {
    Path program = DeniedProgram.build(programs, "pie");
    Outcome outcome = why("--all", "--deny", "ptrace", "--", program, "none");
    assertThat(outcome).isEqualTo(new Outcome(3, "", "hardwire: no denied call was seen\n"));
    assertThat(why("--json", "--deny", "ptrace", "--", program, "none").err().strip())
        .isEqualTo("[]");
    assertThat(why("--deny", "ptrace", "--", "true")).isEqualTo(new Outcome(0, "", ""));
    assertThat(why("--deny", "ptrace", "--", "sh", "-c", "kill -TERM $$").status())
        .isEqualTo(128 + 15);
  }

  @Test
  void whatCannotRunIsAnError() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "text");
    why(text).fails(6, text + ": cannot be executed: Permission denied");
    why("--deny", "uname", "--", "/nonexistent").fails(6, "/nonexistent: no such file");
    Cli.run("why").fails(2, "give a program, --core FILE or --log FILE");
    Cli.run("why", "--core", "a", "--log", "b").fails(2, "cannot be used together");
    Cli.run("why", "--core", "a", "b", "c").fails(2, "give one PROGRAM at most");
    Cli.run("why", "--log", "a", "--all").fails(2, "--all requires a program to run");
  }
}
