package dev.hardwire.cli.options;

import dev.hardwire.arch.Target;
import dev.hardwire.text.NearestName;
import dev.hardwire.work.FailureText;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.TypeConversionException;

/** Reads the values of options; errors name the valid ones as the help does. */
public final class ValueConverters {
  private ValueConverters() {}

  /** Registers the converters that a command and the commands below it use. */
  public static void register(CommandLine commands) {
    commands.registerConverter(int.class, new WholeNumber());
    commands.registerConverter(Integer.class, new WholeNumber());
    registerConstants(commands, commands);
    commands.registerConverter(Target.class, new Architecture());
    commands.registerConverter(Path.class, new FileName());
    commands.registerConverter(TextOutput.class, new Output());
  }

  private static void registerConstants(CommandLine commands, CommandLine command) {
    for (ArgSpec argument : command.getCommandSpec().args()) {
      for (Class<?> type : argument.auxiliaryTypes()) { // that of the option, or of its elements
        if (type.isEnum()) {
          register(commands, type);
        }
      }
    }
    for (CommandLine inner : command.getSubcommands().values()) {
      registerConstants(commands, inner);
    }
  }

  private static <T> void register(CommandLine commands, Class<T> type) {
    commands.registerConverter(type, new Constant<>(type));
  }

  /** Named classes, as JDK 17 cannot archive the lambdas that would do here. */
  private record Constant<T>(Class<T> type) implements ITypeConverter<T> {
    @Override
    public T convert(String text) {
      for (T constant : type.getEnumConstants()) {
        if (constant.toString().equalsIgnoreCase(text)) {
          return constant;
        }
      }
      throw unknown(List.of(type.getEnumConstants()), text);
    }
  }

  private static final class FileName implements ITypeConverter<Path> {
    @Override
    public Path convert(String text) {
      if (text.isEmpty()) {
        throw new TypeConversionException("the name is empty; give that of a file");
      }
      try {
        return Path.of(text);
      } catch (InvalidPathException e) {
        throw new TypeConversionException(FailureText.of(null, e));
      }
    }
  }

  private static final class Output implements ITypeConverter<TextOutput> {
    @Override
    public TextOutput convert(String text) {
      return TextOutput.of(new FileName().convert(text));
    }
  }

  private static final class Architecture implements ITypeConverter<Target> {
    @Override
    public Target convert(String text) {
      Optional<Target> target = Target.ofName(text);
      if (target.isEmpty()) {
        throw unknown(List.of(Target.values()), text);
      }
      return target.get();
    }
  }

  private static final class WholeNumber implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      try {
        return Integer.valueOf(text);
      } catch (NumberFormatException e) {
        throw new TypeConversionException("'%s' is not a whole number".formatted(text));
      }
    }
  }

  /** Also what {@link HookOption.Converter} throws. */
  static TypeConversionException unknown(List<?> known, String text) {
    List<String> names = new ArrayList<>();
    for (Object value : known) {
      names.add(value.toString());
    }
    return new TypeConversionException(
        "expected one of %s but was '%s'%s"
            .formatted(String.join(", ", names), text, NearestName.hint(text, names)));
  }
}
