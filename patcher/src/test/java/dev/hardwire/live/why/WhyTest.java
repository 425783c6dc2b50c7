package dev.hardwire.live.why;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
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
    return Cli.process().call("why", Programs.strings(words));
  }

  static Stream<String> kinds() {
    return DeniedProgram.kinds().stream();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theCallTheFunctionAndTheRuleAreFound(String kind) throws IOException {
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
    assertThat(why(words).err()).isEmpty();
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

  @Test
  void aStoppedProgramContinues() throws IOException {
    Path program = DeniedProgram.build(programs, "pie");
    String line =
        """
        %s &
        until grep -qs '^State:.*stop' /proc/$(pgrep -f '^%s stopped' || echo 0)/status; do
          sleep 0.1
        done
        sleep 0.3
        kill -CONT $(pgrep -f '^%s stopped')
        wait $!
        """
            .formatted(
                Cli.process().line("why", "--deny", "socket", "--", program, "stopped"),
                program,
                program);
    Outcome outcome = Programs.run("sh", "-c", line);
    assertThat(outcome.err()).contains("forbidden+0x");
  }

  @Test
  void theStatusIsThatOfTheProgram() throws IOException {
    Path program = DeniedProgram.build(programs, "pie");
    assertThat(why("--deny", "ptrace", "--", program, "none")).isEqualTo(new Outcome(3, "", ""));
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
