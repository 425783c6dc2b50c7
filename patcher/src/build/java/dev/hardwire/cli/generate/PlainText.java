package dev.hardwire.cli.generate;

import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Texts of annotations, with their variables replaced and without markup. */
final class PlainText {
  private PlainText() {}

  /** The description of an option or parameter. */
  static String of(ArgSpec argument) {
    return Stream.of(argument.description())
        .map(text -> of(argument, text))
        .collect(Collectors.joining(" "));
  }

  private static String of(ArgSpec argument, String text) {
    String result = text.replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValue()));
    Iterable<String> candidates = argument.completionCandidates();
    return of(
        candidates == null
            ? result
            : result.replace("${COMPLETION-CANDIDATES}", String.join(", ", candidates)));
  }

  /** One text. */
  static String of(String text) {
    return Ansi.OFF.string(text).replace("%n", "\n").replace("%%", "%");
  }

  /** An option's names and the value that it takes: {@code -o, --output=OUT}. */
  static String synopsis(OptionSpec option) {
    String value = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
    String names = String.join(", ", option.names());
    return option.arity().min() == 0 && option.arity().max() > 0
        ? names + "[" + value + "]"
        : names + value;
  }
}
