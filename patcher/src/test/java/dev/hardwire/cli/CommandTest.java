package dev.hardwire.cli;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The command as a whole: help, and work on several files. */
@Tag("system")
class CommandTest {
  private static final Path PROGRAM = Fixtures.named("gcc-pie").path();
  private static final Path STATIC = Fixtures.named("gcc-static").path();
  private static final Path SCRIPT = Fixtures.named("script").path();

  @TempDir private Path folder;

  @TestFactory
  Stream<DynamicTest> helpNamesEveryOption() {
    List<CommandLine> commands = new ArrayList<>();
    collect(new CommandLine(new HardwireCommand()), commands);
    assertThat(commands).hasSizeGreaterThan(10);
    return commands.stream()
        .map(
            command ->
                DynamicTest.dynamicTest(
                    command.getCommandSpec().qualifiedName(), () -> help(command)));
  }

  private static void collect(CommandLine command, List<CommandLine> commands) {
    commands.add(command);
    command.getSubcommands().values().forEach(inner -> collect(inner, commands));
  }

  private static void help(CommandLine command) {
    List<String> line = new ArrayList<>();
    line.addAll(List.of(command.getCommandSpec().qualifiedName().split(" ", -1)));
    line.set(0, "--help");
    Collections.rotate(line, -1);
    Outcome outcome = Cli.run(line);
    assertThat(outcome.status()).isZero();
    assertThat(outcome.err()).isEmpty();
    for (OptionSpec option : command.getCommandSpec().options()) {
      assertThat(option.description()).as(option.longestName()).isNotEmpty();
      assertThat(option.description()[0]).endsWith(".");
      if (!option.hidden()) {
        assertThat(outcome.out()).contains(option.names());
      }
    }
    for (PositionalParamSpec parameter : command.getCommandSpec().positionalParameters()) {
      assertThat(parameter.description()).isNotEmpty();
      assertThat(outcome.out()).contains(parameter.paramLabel());
    }
    assertThat(command.getCommandSpec().usageMessage().description()).isNotEmpty();
    assertThat(outcome.out().lines()).allSatisfy(l -> assertThat(l).hasSizeLessThanOrEqualTo(80));
  }

  @Test
  void topLevelHelpNamesEveryCommand() {
    CommandLine top = new CommandLine(new HardwireCommand());
    String help = top.getUsageMessage();
    top.getSubcommands()
        .forEach(
            (name, command) ->
                assertThat(help).containsPattern("(?m)^  %s +[A-Z]".formatted(name)));
    assertThat(top.getSubcommands().keySet()).contains("patch", "inspect", "verify", "restore");
  }

  @Test
  void version() {
    Outcome outcome = Cli.run("--version");
    assertThat(outcome.status()).isZero();
    assertThat(outcome.out())
        .startsWith("hardwire ")
        .hasLineCount(1)
        .contains(" (commit ", ", Java " + Runtime.version() + " by ");
    assertThat(outcome).isEqualTo(Cli.run("-V")).isEqualTo(Cli.run("patch", "--version"));
  }

  @Test
  void aFileThatFailsDoesNotKeepTheOthersFromBeingDone() {
    for (int jobs : new int[] {1, 4}) {
      Path out = folder.resolve("out" + jobs);
      assertThat(out.toFile().mkdir()).isTrue();
      Outcome outcome =
          Cli.run(
              "patch",
              "--deny",
              "uname",
              "--output-dir",
              out,
              "--jobs",
              jobs,
              SCRIPT,
              PROGRAM,
              folder.resolve("nowhere"),
              STATIC);
      assertThat(outcome.status()).isEqualTo(ExitCode.NOT_PATCHABLE.code());
      assertThat(outcome.out().lines().map(line -> line.replaceAll(",.*", "")))
          .containsExactly(
              out.resolve("gcc-pie") + ": hook init", out.resolve("gcc-static") + ": hook entry");
      assertThat(
              outcome
                  .err()
                  .lines()
                  .map(line -> line.replaceAll(": it is a script for /bin/sh; .*", "")))
          .containsExactly(
              "hardwire: %s: not-elf: e_ident at offset 0x0: the file does not start with \\x7fELF"
                  .formatted(SCRIPT),
              "hardwire: %s: no such file or directory".formatted(folder.resolve("nowhere")));
      assertThat(out).isDirectoryNotContaining("glob:**.tmp");
      assertThat(Programs.run(out.resolve("gcc-pie")).status()).isEqualTo(128 + 31);
    }
    assertThat(folder.resolve("out1/gcc-pie")).has(sameBytesAs(folder.resolve("out4/gcc-pie")));
  }

  @Test
  void theFirstFailureDecides() {
    Path nowhere = folder.resolve("nowhere");
    Path out = folder.resolve("out");
    assertThat(out.toFile().mkdir()).isTrue();
    assertThat(
            Cli.run("patch", "--deny", "uname", "--output-dir", out, PROGRAM, nowhere, SCRIPT)
                .status())
        .isEqualTo(ExitCode.INPUT_OUTPUT_FAILED.code());
    assertThat(Cli.run("verify", PROGRAM, nowhere).status())
        .isEqualTo(ExitCode.VERIFICATION_FAILED.code());
    assertThat(Cli.run("inspect", nowhere, PROGRAM).status())
        .isEqualTo(ExitCode.INPUT_OUTPUT_FAILED.code());
  }

  @Test
  void inPlaceFollowsALinkAndAnOutputReplacesOne() throws IOException {
    Path program = folder.resolve("program");
    Path link = folder.resolve("link");
    Files.copy(PROGRAM, program);
    Files.createSymbolicLink(link, program);
    Cli.ok("patch", "--deny", "uname", "--in-place", link);
    assertThat(link).isSymbolicLink();
    assertThat(Programs.run(program).status()).isEqualTo(128 + 31);
    Cli.ok("restore", "--in-place", link);
    assertThat(program).has(sameBytesAs(PROGRAM));

    assertThat(Cli.run("patch", "--deny", "uname", "-o", link, PROGRAM).status()).isZero();
    assertThat(Files.isSymbolicLink(link)).isFalse();
    assertThat(program).has(sameBytesAs(PROGRAM));
  }

  @Test
  void dryRunWritesNothing() throws IOException {
    Path program = folder.resolve("program");
    Files.copy(PROGRAM, program);
    Outcome outcome =
        Cli.run("patch", "--deny", "uname", "--dry-run", "--in-place", program, STATIC);
    assertThat(outcome.status()).isZero();
    assertThat(outcome.out()).startsWith(program + ":\n  hook init: ").contains(STATIC + ":\n");
    assertThat(program).has(sameBytesAs(PROGRAM));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(program);
    }
  }

  @Test
  void dryRunSaysWhatWasDoneBefore() throws IOException {
    Path program = folder.resolve("program");
    Files.copy(PROGRAM, program);
    Cli.run("patch", "--deny", "uname", "--in-place", program).succeeds();
    Outcome outcome = Cli.run("patch", "--deny", "uname", "--dry-run", "--in-place", program);
    assertThat(outcome.status()).isZero();
    assertThat(outcome.out()).isEqualTo(program + ": already\n");
  }

  @Test
  void namesThatLookLikeOptions() throws IOException {
    Path odd = folder.resolve("-odd name\u00e9");
    Files.copy(PROGRAM, odd);
    Outcome outcome = Cli.run("patch", "--deny", "uname", "--in-place", "--", odd);
    outcome.succeeds();
    assertThat(Programs.run(odd).status()).isEqualTo(128 + 31);
  }
}
