package dev.hardwire.cli.options;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Holds options that picocli has read to {@link Exclusions}, which the quick readers use without
 * picocli.
 */
public final class GivenOptions {
  /** The options that name a file to write, where their values are paths. */
  private static final Set<String> WRITTEN =
      Set.of(
          "--attest",
          "--detached",
          "--log",
          "--output",
          "--provenance",
          "--runtime-trace",
          "--sqlite");

  private GivenOptions() {}

  /**
   * Checks the options that picocli has read.
   *
   * @throws ParameterException if two of them cannot be used together, if one looks like a long
   *     option with one dash, or if a result that is no text should go to standard output
   */
  public static void check(ParseResult parsed) {
    parsed.matchedOptions().forEach(option -> checkDashes(parsed, option));
    parsed.matchedOptions().forEach(option -> checkFile(parsed, option));
    List<OptionSpec> given = new ArrayList<>();
    for (OptionSpec option : parsed.matchedOptions()) {
      if (!isDefault(option)) {
        given.add(option);
      }
    }
    Predicate<String> isGiven = entry -> find(given, entry).isPresent();
    Exclusions.find(parsed.commandSpec().name(), isGiven)
        .ifPresent(
            pair -> {
              OptionSpec second = find(given, pair.get(1)).get();
              throw new ParameterException(
                  parsed.commandSpec().commandLine(),
                  "%s and %s cannot be used together"
                      .formatted(
                          text(pair.get(0), find(given, pair.get(0)).get()),
                          text(pair.get(1), second)),
                  second,
                  null);
            });
  }

  /** Refuses {@code -out}, which would be {@code -o ut}. */
  private static void checkDashes(ParseResult parsed, OptionSpec option) {
    for (String value : option.originalStringValues()) {
      String word = option.shortestName() + value;
      Optional<String> meant =
          parsed.commandSpec().options().stream()
              .map(OptionSpec::longestName)
              .filter(name -> name.startsWith("-" + word))
              .findFirst();
      if (option.shortestName().length() == 2
          && value.length() > 1
          && meant.isPresent()
          && parsed.originalArgs().contains(word)) {
        throw new ParameterException(
            parsed.commandSpec().commandLine(),
            "\"%s\" would be \"%s %s\"; did you mean \"%s\"?"
                .formatted(word, option.shortestName(), value, meant.get()),
            option,
            null);
      }
    }
  }

  /** Refuses {@code -} in place of a file for anything but the texts of {@link TextOutput}. */
  private static void checkFile(ParseResult parsed, OptionSpec option) {
    if (WRITTEN.contains(option.longestName())
        && option.getValue() instanceof Path path
        && path.toString().equals(TextOutput.STANDARD_NAME)) {
      String name = option.shortestName();
      throw new ParameterException(
          parsed.commandSpec().commandLine(),
          name
              + " -: this result is not written to standard output; give a file, or ./- for one of"
              + " that name",
          option,
          TextOutput.STANDARD_NAME);
    }
  }

  /** An entry with the first long name of its option, which pages use. */
  private static String text(String entry, OptionSpec option) {
    String shown =
        Stream.of(option.names())
            .filter(name -> name.startsWith("--"))
            .findFirst()
            .orElse(option.longestName());
    return (shown + entry.substring(Exclusions.name(entry).length())).replace('=', ' ');
  }

  /** Whether an option was given the value that it has anyway, such as {@code --quiet=false}. */
  private static boolean isDefault(OptionSpec option) {
    Object value = option.getValue();
    return Objects.equals(value, option.initialValue())
        || String.valueOf(value).equals(option.defaultValue());
  }

  private static Optional<OptionSpec> find(List<OptionSpec> given, String entry) {
    String name = Exclusions.name(entry);
    return given.stream()
        .filter(option -> option.longestName().equals(name))
        .filter(
            option -> name.equals(entry) || entry.equals(name + "=" + option.<Object>getValue()))
        .findFirst();
  }
}
