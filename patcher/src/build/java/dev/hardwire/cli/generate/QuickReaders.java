package dev.hardwire.cli.generate;

import dev.hardwire.cli.files.FileCommand;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Java sources that read usual command lines, from picocli's model: a class for each class that
 * declares options, a reader for each command that works on files, and the table of the readers.
 */
public final class QuickReaders {
  private static final String READER = "Reader";
  private static final String SETTER = "Setter";

  private static final String FILES =
      """
        @Override
        public void files(List<Path> files) {
          command.%s = files;
        }
      """;

  private static final String PROGRAM =
      """
        @Override
        public boolean startsProgram() {
          return true;
        }

        @Override
        public void program(List<String> words) {
          command.%s = words;
        }
      """;

  private final Map<String, String> sources = new LinkedHashMap<>();
  private final Map<Class<?>, Map<String, OptionSpec>> options = new LinkedHashMap<>();

  private QuickReaders() {}

  /**
   * Generates the sources.
   *
   * @param commands the top-level command
   * @param table the full name of the table's class
   * @return the sources by full class name
   */
  public static Map<String, String> of(CommandLine commands, String table) {
    QuickReaders readers = new QuickReaders();
    StringBuilder cases = new StringBuilder();
    commands
        .getSubcommands()
        .forEach(
            (name, command) -> {
              if (command.getCommand() instanceof FileCommand file) {
                readers.addReader(command.getCommandSpec(), file.getClass());
                cases.append(
                    "      case \"%s\" -> new %s%s();\n"
                        .formatted(name, file.getClass().getName(), READER));
              }
            });
    readers.options.keySet().forEach(readers::addSetter);
    readers.add(
        table,
        """
        import dev.hardwire.cli.files.CommandReader;

        final class %s implements QuickStart.Table {
          static {
            QuickStart.register(new %1$s());
          }

          @Override
          public CommandReader reader(String command) {
            return switch (command) {
        %s      default -> null;
            };
          }
        }
        """
            .formatted(simpleName(table), cases));
    return readers.sources;
  }

  private void addReader(CommandSpec spec, Class<?> type) {
    require(spec.requiredArgs().stream().allMatch(arg -> arg.isPositional()), spec, "options");
    require(spec.argGroups().isEmpty(), spec, "argument groups");
    require(spec.positionalParameters().size() == 1, spec, "parameters");
    PositionalParamSpec parameters = spec.positionalParameters().get(0);
    Field field = (Field) parameters.userObject();
    boolean program = spec.parser().stopAtPositional();
    require(
        field.getType() == List.class
            && ((ParameterizedType) field.getGenericType()).getActualTypeArguments()[0]
                == (program ? String.class : Path.class)
            && parameters.arity().min() == 1
            && parameters.arity().isVariable()
            && field.getDeclaringClass() == type,
        spec,
        "parameters");
    for (OptionSpec option : spec.options()) {
      boolean fromPicocli = option.usageHelp() || option.versionHelp();
      if (!fromPicocli && option.userObject() instanceof Field place) {
        options
            .computeIfAbsent(place.getDeclaringClass(), key -> new LinkedHashMap<>())
            .putIfAbsent(option.longestName(), option);
      }
    }
    options.computeIfAbsent(type, key -> new LinkedHashMap<>());
    add(
        type.getName() + READER,
        """
        import dev.hardwire.cli.files.CommandReader;
        import dev.hardwire.cli.files.FileCommand;
        import dev.hardwire.cli.options.QuickWords;
        %4$simport java.util.List;

        public final class %1$s%2$s implements CommandReader {
          private final %1$s command = new %1$s();

          @Override
          public FileCommand command() {
            return command;
          }

          @Override
          public boolean option(QuickWords words) {
            return %1$s%3$s.set(command, words);
          }

        %5$s}
        """
            .formatted(
                type.getSimpleName(),
                READER,
                SETTER,
                program ? "" : "import java.nio.file.Path;\n",
                (program ? PROGRAM : FILES).formatted(field.getName())));
  }

  /** Fails where a command has what a quick reader would not notice. */
  private static void require(boolean condition, CommandSpec spec, String what) {
    if (!condition) {
      throw new IllegalStateException(
          "%s cannot be read quickly: its %s".formatted(spec.qualifiedName(), what));
    }
  }

  private void addSetter(Class<?> type) {
    StringBuilder cases = new StringBuilder();
    options.get(type).values().forEach(option -> OptionCode.of(option).ifPresent(cases::append));
    add(
        type.getName() + SETTER,
        """
        import dev.hardwire.cli.options.QuickWords;
        %s
        public final class %s%s {
          private %2$s%3$s() {}

          public static boolean set(%2$s target, QuickWords words) {
        %s  }
        }
        """
            .formatted(
                cases.indexOf("List.of") < 0 ? "" : "import java.util.List;\n",
                type.getSimpleName(),
                SETTER,
                body(cases.toString(), others(type))));
  }

  /** A switch without a case would be a statement that never ends normally. */
  private static String body(String cases, String others) {
    return cases.isEmpty()
        ? "    return %s;\n".formatted(others)
        : """
              switch (words.option()) {
          %s      default -> {
                  return %s;
                }
              }
              return true;
          """
            .formatted(cases, others);
  }

  /** The calls that try the options of mixins and of superclasses. */
  private String others(Class<?> type) {
    List<String> calls = new ArrayList<>();
    for (Field field : type.getDeclaredFields()) {
      if (field.isAnnotationPresent(Mixin.class) && options.containsKey(field.getType())) {
        calls.add(
            "%s%s.set(target.%s, words)"
                .formatted(field.getType().getName(), SETTER, field.getName()));
      }
    }
    Optional.ofNullable(type.getSuperclass())
        .filter(options::containsKey)
        .ifPresent(above -> calls.add(above.getName() + SETTER + ".set(target, words)"));
    return calls.isEmpty() ? "false" : String.join("\n            || ", calls);
  }

  private void add(String name, String source) {
    String folder = name.substring(0, name.lastIndexOf('.'));
    sources.put(
        name,
        "// Generated from the picocli annotations.\npackage %s;\n\n".formatted(folder) + source);
  }

  private static String simpleName(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
