package dev.hardwire.live.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Traces that strace writes now, with all the options that change what they look like. */
class LearnTraceTest {
  /** What {@code many-calls} calls after the hook, its child's program included. */
  private static final List<String> CALLS =
      List.of(
          "clone",
          "clone3",
          "execve",
          "exit",
          "exit_group",
          "getpid",
          "getppid",
          "kill",
          "rt_sigreturn",
          "socketpair",
          "tgkill",
          "wait4",
          "write");

  @TempDir private Path folder;
  private Path wired;

  @BeforeEach
  void patch() {
    wired = folder.resolve("many-calls");
    Outcome outcome =
        Cli.run("patch", Policies.ALLOW_ALL, "-o", wired, Fixtures.tool("many-calls"));
    outcome.succeeds();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-f",
        "-f -t",
        "-f -tt -T",
        "-f -ttt",
        "-f -r",
        "-f -tt -r",
        "-f -n",
        "-f -i",
        "-f -y",
        "-f -yy",
        "-f -Y",
        "-f -n -i -Y -y -T -ttt",
        "-f -X raw",
        "-f -X verbose",
        "-f -q",
        "-f -v",
        "-f -x",
        "-f -xx",
        "-f -s 4",
        "-f -a 1",
        "-f --decode-pids=pidns",
        "-f --absolute-timestamps=format:unix,precision:ns",
        "-ff",
        "-ff -tt"
      })
  void inFiles(String options) throws IOException {
    Path trace = folder.resolve("trace");
    run(List.of(options.split(" ", -1)), List.of("-o", trace.toString()));
    check(logs("trace"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-f", "-f -tt -T", "-f -r", "-f -Y", "-f -q"})
  void onStandardError(String options) throws IOException {
    Path trace = folder.resolve("trace");
    Path out = folder.resolve("out");
    List<String> command = new ArrayList<>(List.of("strace"));
    command.addAll(List.of(options.split(" ", -1)));
    command.add(wired.toString());
    Process process = Programs.start(Map.of(), command, out, trace);
    try {
      assertThat(process.waitFor()).isEqualTo(3);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    check(logs("trace"));
  }

  private void run(List<String> options, List<String> output) {
    Outcome outcome = Programs.run("strace", options, output, wired);
    outcome.endsWith(3);
    assertThat(outcome.out()).isEqualTo("done\n");
  }

  private List<String> logs(String start) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(start))
          .map(Path::toString)
          .sorted()
          .toList();
    }
  }

  private void check(List<String> logs) throws IOException {
    Path policy = folder.resolve("policy.yaml");
    Outcome outcome = Cli.run("learn", "-o", policy, logs);
    outcome.succeeds();
    assertThat(outcome.err())
        .contains("hardwire: counted from the policy's installation on: ")
        .doesNotContain("warning");
    TreeSet<String> learned = new TreeSet<>();
    YamlPolicyReader.read(policy).rules().stream()
        .flatMap(rule -> rule.calls().stream())
        .map(CallName::name)
        .forEach(learned::add);
    assertThat(learned)
        .containsAll(CALLS)
        .as("only the loader and the stub call these before the mark")
        .doesNotContain("seccomp", "prctl");
  }

  @Test
  void whatWasLearnedIsWhereTheTraceSaysIt() throws IOException {
    Path trace = folder.resolve("trace");
    run(List.of("-f"), List.of("-o", trace.toString()));
    Outcome outcome = Cli.run("learn", trace);
    String line =
        outcome.out().lines().filter(l -> l.contains("- socketpair ")).findFirst().orElseThrow();
    int number = Integer.parseInt(line.replaceAll(".*trace:", ""));
    assertThat(line).contains("# 1 time, first at " + trace + ":");
    assertThat(Files.readAllLines(trace).get(number - 1)).contains(" socketpair(AF_UNIX");
  }
}
