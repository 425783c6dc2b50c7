package dev.hardwire.cli.generate;

import dev.hardwire.cli.options.OptionGroups;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Manual pages in the format of man(7), one for each command, from picocli's model. */
public final class ManualPages {
  /** Wide enough that picocli does not wrap the synopsis: man(1) does. */
  private static final int NO_WRAP = 10_000;

  private final StringBuilder page = new StringBuilder();

  private ManualPages() {}

  /**
   * All pages.
   *
   * @param commands the top-level command
   * @return the pages by file name, such as {@code hardwire-patch.1}
   */
  public static Map<String, String> of(CommandLine commands, String version) {
    Map<String, String> pages = new LinkedHashMap<>();
    add(commands, version, pages);
    return pages;
  }

  private static void add(CommandLine command, String version, Map<String, String> pages) {
    ManualPages page = new ManualPages();
    page.write(command, version);
    pages.put(name(command) + ".1", page.page.toString());
    command.getSubcommands().values().forEach(inner -> add(inner, version, pages));
  }

  /** The name of a command's page. */
  private static String name(CommandLine command) {
    return command.getCommandSpec().qualifiedName("-");
  }

  private void write(CommandLine command, String version) {
    CommandSpec spec = command.getCommandSpec();
    UsageMessageSpec usage = spec.usageMessage();
    line(".\\\" Generated from the command's options.");
    line(
        ".TH %s 1 \"\" \"hardwire %s\" \"Hardwire\""
            .formatted(escaped(name(command).toUpperCase(Locale.ROOT)), escaped(version)));
    section("NAME");
    String summary = PlainText.of(usage.description()[0]);
    line(escaped(name(command)) + " \\- " + escaped(summary.replaceFirst("[.:]$", "")));
    section("SYNOPSIS");
    synopsis(command);
    section("DESCRIPTION");
    text(PlainText.of(String.join(" ", usage.description())));
    arguments(spec.positionalParameters());
    OptionGroups.of(spec).forEach(this::options);
    subcommands(command);
    footer(usage);
    section("EXIT STATUS");
    if (spec.parent() == null) {
      text("Listed above.");
    } else {
      text("0 on success; hardwire(1) lists the others.");
    }
    seeAlso(command);
  }

  private void synopsis(CommandLine command) {
    int width = command.getUsageHelpWidth();
    try {
      command.setUsageHelpWidth(NO_WRAP);
      command
          .getHelp()
          .synopsis(0)
          .lines()
          .filter(line -> !line.isBlank())
          .forEach(
              line -> {
                text(line.strip());
                line(".br");
              });
    } finally {
      command.setUsageHelpWidth(width);
    }
  }

  private void arguments(List<PositionalParamSpec> parameters) {
    if (!parameters.isEmpty()) {
      section("ARGUMENTS");
    }
    for (PositionalParamSpec parameter : parameters) {
      item(parameter.paramLabel(), PlainText.of(parameter));
    }
  }

  private void options(String heading, List<OptionSpec> options) {
    section(heading.toUpperCase(Locale.ROOT));
    options.forEach(option -> item(PlainText.synopsis(option), PlainText.of(option)));
  }

  private void subcommands(CommandLine command) {
    if (!command.getSubcommands().isEmpty()) {
      section("COMMANDS");
    }
    command
        .getSubcommands()
        .forEach(
            (name, inner) ->
                item(name, PlainText.of(inner.getCommandSpec().usageMessage().description()[0])));
  }

  private void footer(UsageMessageSpec usage) {
    if (usage.footer().length > 0) {
      section(
          PlainText.of(usage.footerHeading()).strip().replace(":", "").toUpperCase(Locale.ROOT));
      line(".nf");
      for (String line : usage.footer()) {
        text(PlainText.of(line));
      }
      line(".fi");
    }
  }

  private void seeAlso(CommandLine command) {
    List<String> others = new ArrayList<>();
    if (command.getParent() != null) {
      others.add(name(command.getParent()) + "(1)");
    }
    command.getSubcommands().values().forEach(inner -> others.add(name(inner) + "(1)"));
    section("SEE ALSO");
    text(String.join(", ", others));
  }

  private void section(String heading) {
    line(".SH " + escaped(heading));
  }

  private void item(String term, String description) {
    line(".TP");
    line("\\fB" + escaped(term) + "\\fR");
    text(description);
  }

  /** Lines of text, which roff must not take for requests. */
  private void text(String text) {
    for (String line : text.split("\n", -1)) {
      String plain = escaped(line);
      line(plain.startsWith(".") || plain.startsWith("'") ? "\\&" + plain : plain);
    }
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq");
  }

  private void line(String line) {
    page.append(line).append('\n');
  }
}
