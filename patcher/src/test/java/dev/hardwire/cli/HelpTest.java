package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

/** What every command says about itself. */
class HelpTest {
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|([^ \"]+)");

  private static final CommandLine ALL = HardwireCommand.commandLine();

  /** What the option prints, by the names of the command. */
  private static final Map<List<String>, Outcome> HELP = new HashMap<>();

  /** The names of every command, as words after {@code hardwire}. */
  static Stream<List<String>> commands() {
    List<List<String>> names = new ArrayList<>();
    collect(ALL, List.of(), names);
    assertThat(names).contains(List.of("patch"), List.of("policy", "check"), List.of());
    return names.stream();
  }

  private static void collect(CommandLine command, List<String> path, List<List<String>> names) {
    names.add(path);
    command
        .getSubcommands()
        .forEach((name, inner) -> collect(inner, with(path, List.of(name)), names));
  }

  private static List<String> with(List<String> words, List<String> more) {
    return Stream.concat(words.stream(), more.stream()).toList();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandPrintsTheVersion(List<String> command) {
    Outcome outcome = Cli.run(with(command, List.of("--version")).toArray());
    assertThat(outcome.status()).isZero();
    assertThat(outcome.out()).startsWith("hardwire ").hasLineCount(1);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpIsTheSameInBothWays(List<String> command) {
    Outcome option = help(command);
    Outcome help = Cli.run(with(List.of("help"), command).toArray());
    assertThat(help.status()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out()).isEqualTo(option.out()).startsWith("Usage: hardwire ");
  }

  @Test
  void wordsBehindTheCommandAreRead() {
    Cli.run("help", "patch", "more").fails(2, "unknown command \"more\"");
    Cli.run("help", "policy", "chek").fails(2, "did you mean \"check\"");
    Cli.run("help", "patch", "--nothing").fails(2, "--nothing");
    assertThat(Cli.ok("help", "patch", "--help")).isEqualTo(Cli.ok("help", "--help"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasAnExampleThatIsACommandLine(List<String> command) {
    String help = help(command).out();
    assertThat(help).containsPattern("\nExample:\n  hardwire [^\n]+\n$");
    String line = help.strip().replaceFirst("(?s).*\n  hardwire ", "");
    List<String> words = WORD.matcher(line).results().map(HelpTest::word).toList();
    if (!command.isEmpty()) {
      assertThat(words).startsWith(command.toArray(String[]::new));
    }
    ALL.parseArgs(words.toArray(String[]::new)); // throws if it is wrong
  }

  private static Outcome help(List<String> command) {
    return HELP.computeIfAbsent(
        command, words -> Cli.run(with(words, List.of("--help")).toArray()));
  }

  private static String word(MatchResult match) {
    return match.group(1) == null ? match.group(2) : match.group(1);
  }

  @Test
  void theOptionsOfPatchAreGrouped() {
    assertThat(Cli.run("patch", "--help").out())
        .containsSubsequence(
            "\nArguments:\n",
            "\nPolicy:\n",
            " --policy=FILE ",
            "\nOutput:\n",
            " --in-place ",
            "\nSigning:\n",
            " --sign-key=",
            " --attest=",
            "\nPatching:\n",
            "\nDirectories:\n",
            "\nMany files:\n",
            "\nOther options:\n",
            " --help ");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void valuesAreInLowerCase(List<String> command) {
    CommandLine line = ALL;
    for (String name : command) {
      line = line.getSubcommands().get(name);
    }
    for (ArgSpec argument : line.getCommandSpec().args()) {
      if (argument.completionCandidates() != null) {
        assertThat(argument.completionCandidates())
            .isNotEmpty()
            .allSatisfy(value -> assertThat(value).isEqualTo(value.toLowerCase(Locale.ROOT)));
      }
    }
  }

  @Test
  void errorsNameTheValuesAsHelpDoes() {
    Outcome outcome = Cli.run("policy", "convert", "--to", "XML", "p.yaml");
    assertThat(outcome.status()).isEqualTo(ExitCode.USAGE.code());
    assertThat(outcome.err())
        .startsWith(
            "hardwire: invalid value for option '--to': expected one of yaml, oci, systemd,"
                + " minijail, env, kubernetes, firecracker, kafel, lxc, snapd, bionic, firejail,"
                + " oci-artifact but was 'XML'\n");
  }
}
