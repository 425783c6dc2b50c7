package dev.hardwire.cli;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code -v} adds: notes on standard error, and nothing else. */
@Tag("system")
class VerboseTest {
  private static final Path PIE = Fixtures.named("gcc-pie").path();
  private static final Path STATIC = Fixtures.named("gcc-static").path();
  private static final Path GO = Fixtures.named("go-pie").path();

  @TempDir private Path folder;

  /** The notes about a file; nothing but notes may be on standard error. */
  private static List<String> notes(Outcome outcome, Path file) {
    String start = "hardwire: " + file + ": note: ";
    assertThat(outcome.succeeds().err().lines()).allMatch(line -> line.contains(": note: "));
    return outcome
        .err()
        .lines()
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(start.length()))
        .toList();
  }

  private List<String> patching(Path file, String... policy) {
    return notes(
        Cli.run("patch", "-v", List.of(policy), "-o", folder.resolve("wired"), file), file);
  }

  @Test
  void standardOutputAndTheResultAreTheSame() {
    Path plain = folder.resolve("plain");
    Path verbose = folder.resolve("verbose");
    Outcome one = Cli.ok("patch", "--deny", "uname", "-o", plain, PIE).isQuiet();
    Outcome other = Cli.ok("patch", "--verbose", "--deny", "uname", "-o", verbose, PIE);
    assertThat(other.out()).isEqualTo(one.out().replace("plain", "verbose"));
    assertThat(verbose).has(sameBytesAs(plain));
  }

  @Test
  void patchSaysWhereThePolicyIsFromAndWhatThePlanDecided() throws IOException {
    assertThat(patching(PIE, "--preset", "no-exec"))
        .startsWith(
            "policy \"no-exec\" from the preset no-exec, for x86_64: default allow, 1 rule",
            "hook init: after the libraries' constructors, before the program's own code")
        .anyMatch(note -> note.startsWith("the blob is mapped at 0x"));
    assertThat(patching(STATIC, "--deny", "uname"))
        .contains("hook entry: a static program: nothing is known to run before its entry");
    assertThat(patching(GO, "--deny", "uname"))
        .contains("hook entry: init is not possible: there is no init array");
    Path policy =
        Files.writeString(
            folder.resolve("policy"), "read: 1\nwrite: 1\nexit_group: 1\nuname: return ENOSYS\n");
    assertThat(patching(PIE, "--policy", policy.toString()))
        .anyMatch(note -> note.contains("from " + policy + " in the format minijail, for x86_64"));
  }

  @Test
  void restoreSaysWhichPatchIsUndone() {
    Path once = folder.resolve("once");
    Path twice = folder.resolve("twice");
    Cli.ok("patch", "--deny", "uname", "-o", once, PIE);
    Cli.ok("patch", "--stack", "--deny", "execve", "-o", twice, once);
    Path out = folder.resolve("out");
    assertThat(notes(Cli.run("restore", "-v", "-o", out, twice), twice))
        .singleElement()
        .asString()
        .matches("patch 2 of 2 is undone: it gives back \\d+ bytes with SHA-256 \\w{64}, .*");
    assertThat(notes(Cli.run("restore", "-v", "-o", out, once), once))
        .singleElement()
        .asString()
        .startsWith("patch 1 of 1 is undone");
  }

  @Test
  void treesSayWhyFilesAreSkippedOrLeft() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Path program = Files.copy(PIE, tree.resolve("program"));
    Path text = Files.writeString(tree.resolve("text"), "text");
    List<String> words = List.of("patch", "-rv", "--deny", "uname", "--in-place");
    Outcome first = Cli.run(words, tree);
    assertThat(notes(first, text)).containsExactly("skipped: not-elf");
    assertThat(notes(first, program)).anyMatch(note -> note.startsWith("hook init: "));
    assertThat(notes(Cli.run(words, tree), program))
        .containsExactly(
            "its tables, stub, setup program and notes are those that this patch would write");
    Outcome replaced = Cli.run("patch", "-rv", "--deny", "ptrace", "--replace", "--in-place", tree);
    assertThat(notes(replaced, program))
        .anyMatch(note -> note.matches("its last policy is replaced: the file of \\d+ bytes .*"));

    Outcome verified = Cli.run("verify", "-v", tree);
    assertThat(notes(verified, program))
        .contains("ok   relocations: none writes to the blob")
        .anyMatch(note -> note.startsWith("ok   confined: kill-process for 1 call, "));
    assertThat(verified.out()).isEqualTo(Cli.ok("verify", tree).isQuiet().out());
    Outcome whole = Cli.run("verify", "-v", program);
    assertThat(whole).isEqualTo(Cli.run("verify", program)); // the report has the checks

    Outcome reported = Cli.run("report", "-v", "-o", folder.resolve("report.html"), tree);
    assertThat(notes(reported, program)).startsWith("confined");
    assertThat(notes(reported, text)).containsExactly("skipped: not-elf");
  }

  @Test
  void applySaysWhichEntryIsUsed() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Path program = Files.copy(PIE, tree.resolve("program"));
    Path other = Files.copy(STATIC, tree.resolve("other"));
    Path manifest =
        Files.writeString(
            folder.resolve("manifest"),
            """
            version: 1
            files:
              - match: [program]
                preset: no-exec
              - match: ["*"]
                leave: true
            """);
    Outcome applied = Cli.run("apply", "-v", "--root", tree, manifest);
    assertThat(notes(applied, program))
        .startsWith(manifest + ":3 applies: preset no-exec")
        .anyMatch(note -> note.startsWith("hook init: "));
    assertThat(notes(applied, other))
        .containsExactly(manifest + ":5 applies: leave", "skipped: left");
  }

  @Test
  void deriveSaysHowEachCallIsReached() {
    Path program = Fixtures.named("musl-static").path();
    Outcome derived = Cli.ok("derive", "-v", "--no-cache", "-o", folder.resolve("policy"), program);
    assertThat(derived.err()).startsWith("hardwire: note: read " + program + ", sha256:");
    assertThat(derived.err().lines())
        .anyMatch(line -> line.matches("hardwire: note: exit_group: .* > .*"));
  }

  @Test
  void learnSaysWhyEachCallIsAllowed() throws IOException {
    Path log =
        Files.writeString(
            folder.resolve("log"),
            """
            execve("/usr/bin/true", ["true"], 0x7ffd /* 9 vars */) = 0
            getpid() = 7
            exit_group(0) = ?
            +++ exited with 0 +++
            """);
    List<Object> words = List.of("learn", "-o", folder.resolve("policy"), log);
    assertThat(Cli.ok(words, "-v").err().lines())
        .contains(
            "hardwire: note: getpid: 1 time, first at " + log + ":2",
            "hardwire: note: exit_group: 1 time, first at " + log + ":3");
    assertThat(Cli.ok(words).err()).doesNotContain("note:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"library", "launcher"})
  void confiningFilesSayWhosePolicyTheyHave(String command) {
    Path out = folder.resolve("out");
    assertThat(notes(Cli.run(command, "-v", "--deny", "uname", "-o", out), out))
        .containsExactly(
            "policy \"deny-list\" from the command line, for x86_64: default allow, 1 rule");
    assertThat(notes(Cli.run(command, "-v", "-o", out), out))
        .containsExactly(
            "no built-in policy: each program has its own, or gets that of its environment");
  }

  @Test
  void nothingButErrorsIsNotVerbose() {
    Cli.run("verify", "-q", "-v", PIE)
        .fails(2, "hardwire: --quiet and --verbose cannot be used together\n");
  }
}
