package dev.hardwire.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.HardwireCommand;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Options that cannot be used together are refused, whoever reads the command line. */
class ExclusionsTest {
  /**
   * Two options of a command.
   *
   * @param words the command, and the two options as its last words
   * @param others what else it needs
   */
  record Pair(List<String> words, List<String> others, String first, String second) {}

  private static final List<Pair> PAIRS = found();

  static List<Pair> pairs() {
    return PAIRS;
  }

  private static List<Pair> found() {
    List<Pair> found = new ArrayList<>();
    CommandLine commands = HardwireCommand.commandLine();
    for (List<String> row : Exclusions.pairs()) {
      found.addAll(pairs(commands, List.of(), row));
    }
    return found;
  }

  private static List<Pair> pairs(CommandLine command, List<String> path, List<String> row) {
    List<Pair> found = new ArrayList<>();
    boolean isMeant = row.get(0).isEmpty() || row.get(0).equals(command.getCommandName());
    if (isMeant && option(command, row.get(1)) != null && option(command, row.get(2)) != null) {
      List<String> words = new ArrayList<>(path);
      words.add(word(command, row.get(1)));
      words.add(word(command, row.get(2)));
      found.add(new Pair(words, others(command, words), row.get(1), row.get(2)));
    }
    command
        .getSubcommands()
        .forEach(
            (name, inner) ->
                found.addAll(
                    pairs(inner, Stream.concat(path.stream(), Stream.of(name)).toList(), row)));
    return found;
  }

  /** The options and files without which a command is not complete. */
  private static List<String> others(CommandLine command, List<String> words) {
    List<String> others = new ArrayList<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (option.required()
          && words.stream().noneMatch(word -> word.startsWith(option.longestName()))) {
        others.add(option.longestName() + "=out");
      }
    }
    command.getCommandSpec().positionalParameters().forEach(files -> others.add("file"));
    return others;
  }

  private static OptionSpec option(CommandLine command, String entry) {
    OptionSpec option = command.getCommandSpec().findOption(entry.replaceFirst("=.*", ""));
    return option != null && option.longestName().equals(entry.replaceFirst("=.*", ""))
        ? option
        : null;
  }

  /** The option with a value that it can have and that is not its default. */
  private static String word(CommandLine command, String entry) {
    OptionSpec option = option(command, entry);
    if (entry.contains("=") || option.arity().max() == 0) {
      return entry;
    }
    List<String> values = new ArrayList<>(List.of("1"));
    if (option.completionCandidates() != null) {
      option.completionCandidates().forEach(values::add);
    }
    return entry + "=" + values.get(values.size() - 1);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void pairsAreRefusedInBothOrders(Pair pair) {
    List<String> words = new ArrayList<>(pair.words());
    int last = words.size() - 1;
    refused(pair, words);
    words.add(words.remove(last - 1));
    refused(pair, words);
  }

  private static void refused(Pair pair, List<String> words) {
    Outcome outcome = Cli.run(Stream.concat(words.stream(), pair.others().stream()).toArray());
    assertThat(outcome.status()).as(outcome.err()).isEqualTo(2);
    assertThat(outcome.err())
        .contains(shown(pair.first()), shown(pair.second()))
        .contains("cannot be used together");
  }

  private static String shown(String entry) {
    return entry.replace('=', ' ').replace("--require-policy", "-policy");
  }

  @Test
  void everyRowIsAboutOptionsOfACommand() {
    assertThat(Exclusions.pairs())
        .allMatch(
            row ->
                PAIRS.stream()
                    .anyMatch(
                        pair ->
                            pair.first().equals(row.get(1)) && pair.second().equals(row.get(2))));
  }

  @Test
  void whatAFlagIsNotOrHasAnywayExcludesNothing() {
    assertThat(Cli.run("verify", "--quiet=false", "--verbose", "/nonexistent").status())
        .isEqualTo(6);
    assertThat(Cli.run("verify", "--quiet", "--progress=auto", "/nonexistent").status())
        .isEqualTo(6);
  }

  @Test
  void theQuickReaderLeavesThemToPicocli() {
    assertThat(Exclusions.allow("patch", List.of("--replace", "--stack"))).isFalse();
    assertThat(Exclusions.allow("verify", List.of("--quiet", "--progress"))).isFalse();
    assertThat(Exclusions.allow("patch", List.of("--json", "--output-dir"))).isTrue();
    assertThat(Exclusions.allow("derive", List.of("--json", "--output-dir"))).isFalse();
  }
}
