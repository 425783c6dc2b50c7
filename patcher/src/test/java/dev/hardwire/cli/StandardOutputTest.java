package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.options.TextOutput;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What {@code -} means in place of the file that a command writes. */
@Tag("system")
class StandardOutputTest {
  private static final Path PROGRAM = Fixtures.named("gcc-pie").path();

  @TempDir private Path folder;

  @BeforeEach
  void files() throws IOException {
    Files.copy(PROGRAM, folder.resolve("program"));
    Files.copy(Fixtures.named("musl-static").path(), folder.resolve("static"));
    Files.writeString(
        folder.resolve("policy"), "version: 1\ndefault: allow\nrules:\n- kill-process: [uname]\n");
    Files.writeString(folder.resolve("log"), "read(0, \"\", 1) = 0\n+++ exited with 0 +++\n");
  }

  @AfterEach
  void noFileHasThatName() {
    assertThat(Path.of("-")).doesNotExist();
  }

  /** Runs the words of a line; in them, {@code @} stands for the folder. */
  private Outcome hardwire(String line) {
    return Cli.run((Object[]) line.replace("@", folder + "/").split(" "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "derive --no-cache @static",
        "learn --no-derive --incomplete @log",
        "policy compile @policy",
        "policy convert @policy",
        "policy import @filter",
        "report @program",
        "report --csv @program",
      })
  void textsAreWrittenToStandardOutputByDefaultAndByThatName(String line) {
    assertThat(hardwire("policy compile -o @filter @policy").status()).isZero();
    Outcome usual = hardwire(line);
    assertThat(usual.status()).as("%s", usual).isZero();
    assertThat(usual.out()).isNotEmpty();
    assertThat(hardwire(line + " -o -")).isEqualTo(usual);
    assertThat(hardwire(line + " --output=-")).isEqualTo(usual);
  }

  @Test
  void whyWritesItsReportThereAndNotToStandardError() {
    Outcome usual = hardwire("why --json --preset no-exec -- /usr/bin/true");
    assertThat(usual.out()).isEmpty();
    assertThat(usual.err()).contains("[");
    Outcome named = hardwire("why --json --preset no-exec -o - -- /usr/bin/true");
    assertThat(named.out()).isEqualTo("[]\n");
    assertThat(named.err()).doesNotContain("[");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "apply -o - @manifest",
        "derive --sqlite - @program",
        "launcher -o -",
        "learn --exec --log - -- @program",
        "learn --exec --runtime-trace - -- @program",
        "library -o -",
        "patch --deny uname -o - @program",
        "patch --deny uname --output=- @program",
        "patch --deny uname --output - @program",
        "restore -o - @program",
        "sign --key @key --cert @cert --attest - @program",
        "sign --key @key --cert @cert --detached - @program",
        "sign --key @key --cert @cert --provenance - @program",
        "sign --key @key --cert @cert -o - @program",
      })
  void otherResultsAreRefused(String line) {
    Outcome outcome = hardwire(line);
    assertThat(outcome.status()).as("%s", outcome).isEqualTo(ExitCode.USAGE.code());
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .matches(
            "hardwire: --?[a-z-]+ -: this result is not written to standard output; give a file,"
                + " or ./- for one of that name\nTry 'hardwire [a-z]+ --help'\n");
  }

  @Test
  void aFileOfThatNameCanBeNamedOtherwise() {
    assertThat(hardwire("patch --deny uname -o @- @program").status()).isZero();
    assertThat(hardwire("verify @-").status()).isZero();
  }

  /** An option that is added and writes a file has to be in one of the lists above. */
  @Test
  void everyOptionThatNamesAnOutputIsKnown() {
    List<String> names =
        commands(HardwireCommand.commandLine())
            .flatMap(command -> command.getCommandSpec().options().stream())
            .filter(option -> option.type() == Path.class || option.type() == TextOutput.class)
            .filter(
                option -> String.join(" ", option.description()).matches("(?is).*\\bwrite\\b.*"))
            .map(OptionSpec::longestName)
            .distinct()
            .sorted()
            .toList();
    assertThat(names)
        .containsExactly(
            "--attest",
            "--detached",
            "--extract", // a prefix
            "--log",
            "--output",
            "--output-dir", // a directory
            "--provenance",
            "--runtime-trace",
            "--sqlite");
  }

  private static Stream<CommandLine> commands(CommandLine command) {
    return Stream.concat(
        Stream.of(command),
        command.getSubcommands().values().stream().flatMap(StandardOutputTest::commands));
  }
}
