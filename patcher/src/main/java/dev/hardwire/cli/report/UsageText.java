package dev.hardwire.cli.report;

import dev.hardwire.text.NearestName;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line that picocli does not accept, in the style of all errors. */
public final class UsageText {
  private UsageText() {}

  public static String of(ParameterException wrong) {
    return wrong instanceof UnmatchedArgumentException unmatched
        ? of(unmatched)
        : withLowerCase(wrong.getMessage());
  }

  private static String of(UnmatchedArgumentException wrong) {
    if (wrong.getUnmatched().isEmpty()) {
      return withLowerCase(wrong.getMessage());
    }
    String word = wrong.getUnmatched().get(0);
    CommandLine command = wrong.getCommandLine();
    if (wrong.isUnknownOption()) {
      List<String> names =
          command.getCommandSpec().options().stream()
              .filter(option -> !option.hidden())
              .flatMap(option -> Stream.of(option.names()))
              .filter(name -> name.length() > 2 || name.equalsIgnoreCase(word))
              .toList();
      return "unknown option \"%s\"".formatted(word) + NearestName.hint(word, names);
    }
    return command.getSubcommands().isEmpty()
        ? "unexpected argument \"%s\"".formatted(word)
        : unknownCommand(word, command);
  }

  public static String unknownCommand(String name, CommandLine command) {
    return "unknown command \"%s\"".formatted(name)
        + NearestName.hint(name, command.getSubcommands().keySet());
  }

  private static String withLowerCase(String message) {
    return message.isEmpty()
        ? message
        : message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
  }
}
