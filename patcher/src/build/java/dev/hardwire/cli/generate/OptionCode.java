package dev.hardwire.cli.generate;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;

/** Java code that sets one option's field from the words of a command line. */
final class OptionCode {
  private OptionCode() {}

  /**
   * The case of a switch that sets an option.
   *
   * @return empty if only picocli can read the option
   */
  static Optional<String> of(OptionSpec option) {
    Field field = (Field) option.userObject();
    return value(option, field)
        .map(
            value ->
                """
                      case %s -> {
                        words.once("%s");
                        target.%s = %s;
                      }
                """
                    .formatted(names(option), option.longestName(), field.getName(), value));
  }

  private static String names(OptionSpec option) {
    return Stream.of(option.names())
        .map(name -> '"' + name + '"')
        .collect(Collectors.joining(", "));
  }

  private static Optional<String> value(OptionSpec option, Field field) {
    boolean simple =
        option.splitRegex().isEmpty()
            && !option.negatable()
            && !option.interactive()
            && option.parameterConsumer() == null;
    Class<?> type = field.getType();
    if (!simple) {
      return Optional.empty();
    }
    if (option.arity().max() == 0) {
      return type == boolean.class ? Optional.of("words.flag()") : Optional.empty();
    }
    if (option.arity().min() != 1 || option.arity().max() != 1) {
      return Optional.empty();
    }
    if (type == List.class) {
      Class<?> element =
          (Class<?>) ((ParameterizedType) field.getGenericType()).getActualTypeArguments()[0];
      return value(element).map("List.of(%s)"::formatted);
    }
    return value(type);
  }

  private static Optional<String> value(Class<?> type) {
    if (type == String.class) {
      return Optional.of("words.text()");
    }
    if (type == Path.class) {
      return Optional.of("words.path()");
    }
    if (type == int.class || type == Integer.class) {
      return Optional.of("words.number()");
    }
    if (type.isEnum()) {
      return Optional.of("words.constant(%s.class)".formatted(type.getCanonicalName()));
    }
    return isNamed(type)
        ? Optional.of("words.valid(%s.named(words.text()))".formatted(type.getCanonicalName()))
        : Optional.empty();
  }

  /** Whether a type reads its own values: {@code static Optional<T> named(String)}. */
  private static boolean isNamed(Class<?> type) {
    try {
      Method named = type.getMethod("named", String.class);
      return named.getReturnType() == Optional.class;
    } catch (NoSuchMethodException e) {
      return false;
    }
  }
}
