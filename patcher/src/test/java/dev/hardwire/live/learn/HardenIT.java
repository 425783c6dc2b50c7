package dev.hardwire.live.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a program to a confined, verified copy by one command. */
@Tag("system")
class HardenIT {
  private static final Path DATE = Path.of("/usr/bin/date");
  private static final Path TAR = Path.of("/usr/bin/tar");

  /** Where {@link #beside} runs commands. */
  @TempDir private static Path here;

  /** Runs commands that need a directory, or a process that is not that of the tests. */
  private static CommandLoop beside;

  @TempDir private Path folder;

  @BeforeAll
  static void startLoop() throws IOException {
    beside = new CommandLoop(java -> java.under("env", "-C", here));
  }

  @AfterAll
  static void endLoop() {
    beside.close();
  }

  private Path made() {
    return folder.resolve("made");
  }

  private Object[] words(Object... args) {
    return Stream.concat(Stream.of("harden", "--output-dir", made()), Stream.of(args)).toArray();
  }

  private void hardens(Object... args) {
    Outcome outcome = Cli.run(words(args));
    assertThat(outcome.status()).as(outcome.toString()).isZero();
    assertThat(outcome.out()).contains("  verified\n", "is confined from now on");
  }

  private void refuses(int status, String message, Object... args) {
    Outcome outcome = Cli.run(words(args));
    assertThat(outcome.status()).as(outcome.toString()).isEqualTo(status);
    assertThat(outcome.err()).contains(message);
  }

  private List<String> files() throws IOException {
    try (var list = Files.list(made())) {
      return list.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void derivesWithoutASession() throws IOException {
    hardens(DATE);
    assertThat(files()).containsExactly("date", "policy.yaml");
    assertThat(Programs.run(made().resolve("date"), "-u", "-d", "@0").out())
        .isEqualTo(Programs.run(DATE, "-u", "-d", "@0").out());
  }

  /** What the session did works again; what it did not do is denied. */
  @Test
  void learnsFromASession() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "text");
    Path archive = folder.resolve("archive");
    hardens(TAR, "--", "-C", folder, "-cf", archive, "text");
    assertThat(files()).containsExactly("policy.yaml", "tar", "trace");
    byte[] first = Files.readAllBytes(archive);
    Path copy = made().resolve("tar");
    Outcome again = Programs.run(copy, "-C", folder, "-cf", archive, text.getFileName());
    assertThat(again.status()).as(again.toString()).isZero();
    assertThat(archive).hasBinaryContent(first);
    assertThat(Programs.run(copy, "-cf", archive, "/etc/hostname").status()).isNotZero();
    assertThat(Programs.run(copy, "-I", "cat", "-cf", archive, text).status()).isNotZero();
  }

  /** The calls of the dynamic linker are in the policy, which takes them away at main. */
  @Test
  void confinesFromTheFirstInstruction() throws IOException {
    hardens("--hook", "first", DATE);
    assertConfinedFromTheFirstInstruction();
    Files.move(made(), folder.resolve("derived"));
    hardens("--hook", "first", DATE, "--", "-u", "-d", "@0");
    assertConfinedFromTheFirstInstruction();
    assertThat(Files.readString(made().resolve("policy.yaml"))).contains("\"/etc/ld.so.cache\"");
  }

  private void assertConfinedFromTheFirstInstruction() throws IOException {
    String policy = Files.readString(made().resolve("policy.yaml"));
    int main = policy.indexOf("at: main");
    assertThat(policy.substring(0, main)).contains("set_tid_address");
    assertThat(policy.substring(main)).contains("write").doesNotContain("set_tid_address");
    Path copy = made().resolve("date");
    Cli.run("verify", "--require-hook", "first", copy).succeeds();
    assertThat(Programs.run(copy, "-u", "-d", "@0").succeeds().out())
        .isEqualTo(Programs.run(DATE, "-u", "-d", "@0").out());
  }

  /** What chooses its calls is not derived: a run answers, and the way there is printed. */
  @Test
  void whatCannotBeDerivedIsLearned() throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("choice.c"),
            """
            #include <stdlib.h>
            #include <stdio.h>
            #include <unistd.h>
            int main(int n, char **a) { printf("%ld\\n", syscall(atoi(a[1])) > 0); }
            """);
    Path program = folder.resolve("choice");
    Programs.output("musl-gcc", "-w", "-static", "-o", program, source);
    refuses(3, "hardwire harden --output-dir " + made() + " " + program + " -- ARG...", program);
    assertThat(made()).doesNotExist();
    hardens(program, "--", "110"); // getppid
    assertThat(Files.readString(made().resolve("policy.yaml")))
        .contains("getppid", "# not known: ", "(chosen by the caller)");
    assertThat(Programs.run(made().resolve("choice"), "110").out()).isEqualTo("1\n");
    assertThat(Programs.run(made().resolve("choice"), "161").status()).isNotZero();
  }

  /** The printed commands are those that were run, as a shell reads them. */
  @Test
  void whatIsPrintedCanBeRun() throws IOException {
    Path program = Fixtures.named("musl-static").path();
    Path odd = Files.copy(program, folder.resolve("it's odd"));
    Outcome outcome = Cli.run(words(odd, "--", "status"));
    assertThat(outcome.status()).as(outcome.toString()).isZero();
    List<String> commands =
        outcome.out().lines().filter(line -> line.startsWith("$ hardwire ")).toList();
    assertThat(commands).hasSize(3);
    for (String file : files()) {
      Files.delete(made().resolve(file));
    }
    String last = "";
    for (String command : commands) {
      String words = "printf '%s\\0' " + command.substring("$ hardwire ".length());
      last = beside.run(List.of(Programs.output("sh", "-c", words).split("\0"))).succeeds().out();
    }
    assertThat(last).endsWith("  verified\n");
    assertThat(files()).containsExactly("it's odd", "policy.yaml", "trace");
  }

  /** A name without a folder is a file here, never a program in PATH. */
  @Test
  void namesAreThoseOfFiles() throws IOException {
    Files.copy(Path.of("/usr/bin/true"), here.resolve("date"));
    Outcome outcome = beside.run(words("date", "--", "-u"));
    assertThat(outcome.status()).as(outcome.toString()).isZero();
    assertThat(Programs.run(made().resolve("date")).out()).isEmpty();
  }

  /** The copy may execute itself, too. */
  @Test
  void programsThatExecuteThemselves() throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("again.c"),
            """
            #include <stdio.h>
            #include <unistd.h>
            int main(int n, char **a) {
              puts(a[1]);
              fflush(stdout);
              return n == 2 ? 0 : execv("/proc/self/exe", a + 1);
            }
            """);
    Path program = folder.resolve("again");
    Programs.output("musl-gcc", "-static", "-o", program, source);
    executesItself(program, "one", "two");
  }

  @Test
  @Tag("long")
  void busyboxExecutesItself() {
    String work =
        "(exec -a busybox /proc/self/exe echo one); exec -a busybox /proc/self/exe echo two";
    executesItself(Path.of("/usr/bin/busybox"), "sh", "-c", work);
  }

  private void executesItself(Path program, String... words) {
    hardens(program, "--", List.of(words));
    Path copy = made().resolve(program.getFileName());
    assertThat(Programs.run(copy, List.of(words)).out()).isEqualTo("one\ntwo\n");
  }

  /** No run is proposed that would be refused, too. */
  @Test
  void whatCannotRunIsNotToBeRun() throws IOException {
    Path script = Files.writeString(folder.resolve("script"), "#!/bin/sh\n");
    byte[] bytes = Files.readAllBytes(DATE);
    bytes[18] = (byte) 183; // e_machine: aarch64
    Path foreign = Files.write(folder.resolve("foreign"), bytes);
    for (Path program : List.of(script, foreign)) {
      Outcome outcome = Cli.run(words(program)).endsWith(3);
      assertThat(outcome.err()).contains("is not hardened").doesNotContain("ARG...");
      assertThat(made()).doesNotExist();
    }
  }

  @Test
  void nothingIsOverwritten() throws IOException {
    Files.createDirectory(made());
    refuses(6, "exists; remove it, or give another --output-dir", DATE);
    assertThat(files()).isEmpty();
  }

  @Test
  void mistakes() {
    refuses(2, "write -- before the arguments of the program", DATE, "more");
    refuses(2, "which only a run shows", "--landlock-abi", "10", DATE);
    refuses(2, "none of landlock, phases and none", DATE, "--propose", "paths", "--");
    refuses(6, "is no file; give the path of the program", folder.resolve("missing"));
    assertThat(made()).doesNotExist();
  }

  /** The status is that of the step that failed, and it says which. */
  @Test
  void aStepThatFailsEndsIt() throws IOException {
    Path script = Files.writeString(folder.resolve("script"), "#!/bin/sh\n");
    refuses(3, "is not hardened: the last command failed\n", script);
    assertThat(made()).doesNotExist();
  }

  /** Neither its code nor a run of a copy tells what it does. */
  @Test
  void refusesAPackedProgramWithoutTheAdviceToRunIt() {
    Path packed = folder.resolve("packed");
    Programs.output("upx", "-q", "-1", "-o", packed, DATE);
    Outcome outcome = Cli.run(words(packed));
    assertThat(outcome.status()).as(outcome.toString()).isEqualTo(3);
    assertThat(outcome.err()).contains("unpack it first (upx -d)").doesNotContain("a run does");
    assertThat(made()).doesNotExist();
  }

  /** Learning uses the cache of derive. */
  @Test
  void whatWasFoundAboutTheCodeIsFoundOnce() throws IOException {
    Path policy = folder.resolve("policy.yaml");
    Path log = Files.writeString(folder.resolve("log"), "7 uname({}) = 0\n");
    Path cache = Files.createDirectory(folder.resolve("home"));
    Path program = Fixtures.named("musl-static").path();
    List<String> policies = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Cli.process()
          .environment(Map.of("XDG_CACHE_HOME", cache.toString()))
          .call("learn", "--program", program, "-o", policy, log)
          .succeeds();
      policies.add(Files.readString(policy));
      Files.delete(policy);
      assertThat(cache.resolve("hardwire")).isDirectoryContaining("glob:**.derived");
    }
    assertThat(policies.get(1)).isEqualTo(policies.get(0));
  }
}
