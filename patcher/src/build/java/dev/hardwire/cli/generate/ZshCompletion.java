package dev.hardwire.cli.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Completion for zsh: a function for each command, in the words of {@code _arguments}
 * (zshcompsys(1)).
 */
final class ZshCompletion {
  private final StringBuilder script = new StringBuilder();

  private ZshCompletion() {}

  static String of(CommandLine commands) {
    ZshCompletion completion = new ZshCompletion();
    completion.script.append("#compdef hardwire\n# Generated from the commands' options.\n");
    completion.add(commands);
    // The file is the body of the function the first time, and is read as a script by some users.
    completion.script.append("\n_hardwire \"$@\"\n");
    return completion.script.toString();
  }

  private void add(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    List<String> words = new ArrayList<>();
    for (OptionSpec option : spec.options()) {
      if (!option.hidden()) {
        words.add(word(option));
      }
    }
    boolean hasCommands = !command.getSubcommands().isEmpty();
    if (hasCommands) {
      words.add("'1: :->command'");
      words.add("'*:: :->argument'");
    } else {
      spec.positionalParameters().forEach(parameter -> words.add(word(parameter)));
    }
    script.append("\n%s() {\n".formatted(function(command)));
    if (hasCommands) {
      script.append("  local curcontext=\"$curcontext\" context state line\n");
      script.append("  typeset -A opt_args\n");
    }
    script.append("  _arguments -s%s \\\n    ".formatted(hasCommands ? " -C" : ""));
    script.append(String.join(" \\\n    ", words)).append('\n');
    if (hasCommands) {
      commands(command);
    }
    script.append("}\n");
    command.getSubcommands().values().forEach(this::add);
  }

  private void commands(CommandLine command) {
    script.append("  case $state in\n    command)\n      local -a commands=(\n");
    command
        .getSubcommands()
        .forEach(
            (name, inner) ->
                script.append("        %s\n".formatted(quoted(name + ":" + description(inner)))));
    script.append("      )\n      _describe command commands\n      ;;\n");
    script.append("    argument)\n      case $line[1] in\n");
    command
        .getSubcommands()
        .forEach(
            (name, inner) -> script.append("        %s) %s ;;\n".formatted(name, function(inner))));
    script.append("      esac\n      ;;\n  esac\n");
  }

  private static String function(CommandLine command) {
    return "_" + command.getCommandSpec().qualifiedName("_").replace('-', '_');
  }

  /** Names that exclude each other, description and value of an option. */
  private static String word(OptionSpec option) {
    boolean repeats = option.isMultiValue();
    boolean takesValue = option.arity().max() > 0;
    List<String> names = new ArrayList<>();
    for (String name : option.names()) {
      names.add(takesValue ? name + (name.startsWith("--") ? "=" : "+") : name);
    }
    String excluded = repeats ? "*" : "(" + String.join(" ", option.names()) + ")";
    String heading =
        names.size() == 1
            ? quoted(excluded + names.get(0))
            : quoted(excluded) + "{" + String.join(",", names) + "}";
    String rest = "[" + PlainText.of(option).replaceAll("([\\[\\]:\\\\])", "\\\\$1") + "]";
    if (takesValue) {
      rest += (option.arity().min() == 0 ? "::" : ":") + option.paramLabel().replace(":", "\\:");
      rest += ":" + values(option.completionCandidates());
    }
    return heading + quoted(rest);
  }

  private static String word(PositionalParamSpec parameter) {
    return quoted("*:" + parameter.paramLabel() + ":" + values(parameter.completionCandidates()));
  }

  private static String values(Iterable<String> candidates) {
    return candidates == null ? "_files" : "(" + String.join(" ", candidates) + ")";
  }

  private static String description(CommandLine command) {
    return Arrays.stream(command.getCommandSpec().usageMessage().description())
        .findFirst()
        .map(PlainText::of)
        .orElse("");
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
