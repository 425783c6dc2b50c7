package dev.hardwire.cli.options;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Layout;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The options of a command by their headings, for help and manual pages. */
public final class OptionGroups {
  private static final String ONLY = "Options";
  private static final String OTHERS = "Other options";

  private OptionGroups() {}

  /** The options that are not hidden, by heading; those without a heading come last. */
  public static Map<String, List<OptionSpec>> of(CommandSpec command) {
    Map<String, List<OptionSpec>> groups = new LinkedHashMap<>();
    List<OptionSpec> others = new ArrayList<>();
    for (OptionSpec option : command.options()) {
      String heading = heading(option);
      if (!option.hidden()) {
        (heading.isEmpty() ? others : groups.computeIfAbsent(heading, key -> new ArrayList<>()))
            .add(option);
      }
    }
    if (!others.isEmpty()) {
      groups.put(groups.isEmpty() ? ONLY : OTHERS, others);
    }
    return groups;
  }

  private static String heading(OptionSpec option) {
    if (!(option.userObject() instanceof Field field)) {
      return "";
    }
    OptionHeading own = field.getAnnotation(OptionHeading.class);
    OptionHeading common = field.getDeclaringClass().getAnnotation(OptionHeading.class);
    if (own != null) {
      return own.value();
    }
    return common == null ? "" : common.value();
  }

  public static String render(Help help) {
    List<OptionSpec> all = help.commandSpec().options();
    StringBuilder text = new StringBuilder();
    of(help.commandSpec())
        .forEach(
            (heading, options) -> {
              // The columns are as wide as all options need, so that the groups are aligned.
              Layout layout = help.createDefaultLayout(all, List.of(), help.colorScheme());
              layout.addOptions(options, help.parameterLabelRenderer());
              text.append(System.lineSeparator()).append(heading).append(':');
              text.append(System.lineSeparator()).append(layout);
            });
    return text.toString();
  }
}
