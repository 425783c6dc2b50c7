package dev.hardwire.cli.options;

import dev.hardwire.arch.Target;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.TypeConversionException;

/** Reads the values of options; errors name the valid ones as the help does. */
public final class ValueConverters {
  private ValueConverters() {}

  /** Registers the converters that a command and the commands below it use. */
  public static void register(CommandLine commands) {
    // one object: JDK 17 crashes when it archives the same method reference twice
    ITypeConverter<Integer> number = ValueConverters::number;
    commands.registerConverter(int.class, number);
    commands.registerConverter(Integer.class, number);
    arguments(commands)
        .map(ArgSpec::type)
        .filter(Class::isEnum)
        .distinct()
        .forEach(type -> register(commands, type));
    commands.registerConverter(Target.class, ValueConverters::architecture);
  }

  private static Stream<ArgSpec> arguments(CommandLine command) {
    return Stream.concat(
        command.getCommandSpec().args().stream(),
        command.getSubcommands().values().stream().flatMap(ValueConverters::arguments));
  }

  private static <T> void register(CommandLine commands, Class<T> type) {
    commands.registerConverter(type, constants(type));
  }

  private static <T> ITypeConverter<T> constants(Class<T> type) {
    return text ->
        Stream.of(type.getEnumConstants())
            .filter(constant -> constant.toString().equalsIgnoreCase(text))
            .findFirst()
            .orElseThrow(() -> unknown(Stream.of(type.getEnumConstants()), text));
  }

  private static Target architecture(String text) {
    return Target.ofName(text).orElseThrow(() -> unknown(Arrays.stream(Target.values()), text));
  }

  /** Also what {@link HookConverter} throws. */
  static TypeConversionException unknown(Stream<?> known, String text) {
    return new TypeConversionException(
        "expected one of %s but was '%s'"
            .formatted(known.map(Object::toString).collect(Collectors.joining(", ")), text));
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'%s' is not a whole number".formatted(text));
    }
  }
}
