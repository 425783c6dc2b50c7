package dev.hardwire.cli.generate;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Completion for the fish shell: its commands, and the options of each with their values. */
final class FishCompletion {
  private final StringBuilder script = new StringBuilder();

  private FishCompletion() {}

  static String of(CommandLine commands) {
    FishCompletion completion = new FishCompletion();
    completion.script.append("# Generated from the commands' options.\n");
    completion.add(commands, List.of());
    return completion.script.toString();
  }

  private void add(CommandLine command, List<String> path) {
    String condition = condition(command, path);
    command
        .getSubcommands()
        .forEach(
            (name, inner) -> {
              line(condition, "-f -a " + name, description(inner));
              List<String> deeper = new ArrayList<>(path);
              deeper.add(name);
              add(inner, deeper);
            });
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (!option.hidden()) {
        line(condition, words(option), PlainText.of(option));
      }
    }
  }

  /** When the command line so far names this command and no command below it. */
  private static String condition(CommandLine command, List<String> path) {
    List<String> tests = new ArrayList<>();
    path.forEach(name -> tests.add("__fish_seen_subcommand_from " + name));
    if (!command.getSubcommands().isEmpty()) {
      tests.add(
          "not __fish_seen_subcommand_from " + String.join(" ", command.getSubcommands().keySet()));
    }
    return String.join("; and ", tests);
  }

  private static String words(OptionSpec option) {
    StringBuilder words = new StringBuilder();
    for (String name : option.names()) {
      words.append(name.startsWith("--") ? "-l " : "-s ");
      words.append(name.replaceFirst("^--?", "")).append(' ');
    }
    if (option.arity().max() == 0) {
      return words + "-f";
    }
    Iterable<String> candidates = option.completionCandidates();
    return candidates == null
        ? words + "-r"
        : words + "-x -a '" + String.join(" ", candidates) + "'";
  }

  private static String description(CommandLine command) {
    return PlainText.of(command.getCommandSpec().usageMessage().description()[0]);
  }

  private void line(String condition, String words, String description) {
    script.append(
        "complete -c hardwire -n %s %s -d %s\n"
            .formatted(quoted(condition), words, quoted(description)));
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
