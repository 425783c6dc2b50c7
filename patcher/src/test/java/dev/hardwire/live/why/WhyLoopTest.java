package dev.hardwire.live.why;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.JsonSchema;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The line that {@code why} gives, added as it is, lets the program get further. */
@Tag("system")
class WhyLoopTest {
  /** What the dynamic linker and most programs call, whatever its arguments are. */
  private static final String USUAL =
      "  - allow: [access, brk, close, fadvise64, fstat, futex, getrandom, lseek, munmap, newfstatat,"
          + " pread64, prlimit64, read, rseq, rt_sigaction, set_robust_list, set_tid_address]\n";

  private static final String START =
      """
      version: 1
      name: loop
      default: kill-process
      rules:
        - allow: [exit_group, write]
      """;

  @TempDir private Path folder;
  private Path report;

  @BeforeEach
  void nameReport() {
    report = folder.resolve("report.json");
  }

  private List<Object> why(Path policy, Object... command) {
    List<Object> words = new ArrayList<>(List.of("why", "--json", "-o", report));
    words.addAll(List.of("--policy", policy, "--"));
    words.addAll(Programs.strings(command));
    return words;
  }

  private JsonArray report(Path policy, Object... command) throws IOException {
    return read(CommandLoop.shared().run(why(policy, command)));
  }

  private JsonArray read(Outcome outcome) throws IOException {
    assertThat(outcome.err().lines()).allMatch(Programs::isWarning);
    return JsonParser.parseString(Files.readString(report)).getAsJsonArray();
  }

  /** One thread dies while others start more: those whose starter died first must end, too. */
  @Test
  void theDeathOfAProcessThatStartsThreadsIsReported() throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("storm.c"),
            """
            #include <pthread.h>
            #include <sys/utsname.h>
            #include <unistd.h>
            static void *nothing(void *p) { return p; }
            static void *start(void *p) {
              for (;;) {
                pthread_t t;
                if (!pthread_create(&t, 0, nothing, 0)) pthread_detach(t);
              }
            }
            int main(void) {
              pthread_t t;
              struct utsname name;
              for (int i = 0; i < 8; i++) pthread_create(&t, 0, start, 0);
              usleep(20000);
              return uname(&name);
            }
            """);
    Path storm = folder.resolve("storm");
    Programs.output("gcc", "-O1", "-pthread", "-o", storm, source);
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            "version: 1\nname: a\ndefault: allow\nrules:\n  - kill-process: [uname]\n");
    for (int round = 0; round < 10; round++) {
      JsonArray found = report(policy, storm);
      assertThat(found).hasSize(1);
      assertThat(found.get(0).getAsJsonObject().get("call").toString()).contains("uname");
    }
  }

  @Test
  void linesAreAddedUntilTheProgramRuns() throws IOException {
    addLines(START + USUAL);
  }

  @Test
  @Tag("long")
  void linesOfAllCallsAreAddedUntilTheProgramRuns() throws IOException {
    addLines(START);
  }

  private void addLines(String start) throws IOException {
    Path policy = Files.writeString(folder.resolve("policy.yaml"), start);
    Path input = Files.writeString(folder.resolve("input"), "b\na\n");
    List<Object> command = List.of("sort", "-o", folder.resolve("output"), input);
    int added = 0;
    JsonArray found = report(policy, command);
    while (!found.isEmpty()) {
      assertThat(++added).as(Files.readString(policy)).isLessThan(60);
      JsonObject ruling =
          found.get(0).getAsJsonObject().getAsJsonArray("rulings").get(0).getAsJsonObject();
      assertThat(ruling.get("remedy").getAsString()).isEqualTo("to its rules");
      String line = "  " + ruling.get("line").getAsString() + "\n";
      Files.writeString(policy, Files.readString(policy) + line);
      found = report(policy, command);
    }
    assertThat(added).isGreaterThan(5);
    assertThat(folder.resolve("output")).hasContent("a\nb");
    assertThat(Cli.ok("policy", "check", policy).out()).contains("valid");

    Path wider = folder.resolve("wider.yaml");
    CommandLoop.shared()
        .run(
            "learn",
            "--exec",
            "--no-derive",
            "--base",
            policy,
            "-o",
            wider,
            "--",
            "sort",
            "-u",
            input)
        .succeeds();
    assertThat(Files.readString(wider)).contains("- allow: [openat]\n    when: ");
  }

  private JsonObject ruling(Path policy, Object... command) throws IOException {
    return report(policy, command)
        .get(0)
        .getAsJsonObject()
        .getAsJsonArray("rulings")
        .get(0)
        .getAsJsonObject();
  }

  @Test
  void aLineBeforeARuleThatDeniesIsEffective() throws IOException {
    Path program = DeniedProgram.build(folder, "static");
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            """
            version: 1
            name: deny
            default: allow
            rules:
              # the line
              - kill-process: [socket]
                because: "it is the test"
            """);
    JsonObject ruling = ruling(policy, program);
    assertThat(ruling.get("place").getAsString()).isEqualTo(policy + ":6:5");
    assertThat(ruling.get("remedy").getAsString()).isEqualTo("before that rule");
    assertThat(ruling.get("rule").getAsString()).endsWith("[socket] (it is the test)");
    Files.writeString(
        policy, Files.readString(policy).replace("# the line", ruling.get("line").getAsString()));
    assertThat(report(policy, program)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "allow, take the call out of that rule",
    "kill-process, to its rules; take the call out of that rule"
  })
  void aRuleThatNamesTheCallHasToLoseIt(String action, String remedy) throws IOException {
    String text =
        """
        version: 1
        name: deny
        default: %s
        rules:
          - kill-process: [uname, reboot]
          - allow: ["nr 0-62", "nr 64-168", "nr 170-500"]
        """
            .formatted(action);
    Path policy = Files.writeString(folder.resolve("policy.yaml"), text);
    JsonObject ruling = ruling(policy, "uname", "-r");
    assertThat(ruling.get("remedy").getAsString()).isEqualTo(remedy);
  }

  @Test
  void theReportHasItsSchema() throws IOException {
    Path policy = Files.writeString(folder.resolve("policy.yaml"), START);
    assertThat(report(policy, "uname")).isNotEmpty();
    JsonSchema.validated("why", Files.readString(report));
  }
}
