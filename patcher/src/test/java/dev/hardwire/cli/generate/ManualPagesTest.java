package dev.hardwire.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.HardwireCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Manual pages name every option of every command. */
class ManualPagesTest {
  private static final Map<String, String> PAGES =
      ManualPages.of(HardwireCommand.commandLine(), "1.2.3");

  private static List<CommandLine> commands() {
    List<CommandLine> commands = new ArrayList<>();
    collect(HardwireCommand.commandLine(), commands);
    return commands;
  }

  private static void collect(CommandLine command, List<CommandLine> commands) {
    commands.add(command);
    command.getSubcommands().values().forEach(inner -> collect(inner, commands));
  }

  private static String page(CommandLine command) {
    return PAGES.get(command.getCommandSpec().qualifiedName("-") + ".1");
  }

  /** Text as it stands in a page. */
  private static String roff(String text) {
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq");
  }

  @Test
  void everyCommandHasAPage() {
    assertThat(commands()).hasSizeGreaterThan(18).hasSameSizeAs(PAGES.keySet());
    assertThat(commands()).allSatisfy(command -> assertThat(page(command)).isNotNull());
    assertThat(PAGES).containsKeys("hardwire.1", "hardwire-patch.1", "hardwire-policy-check.1");
  }

  @Test
  void everyOptionIsNamedAndDescribed() {
    int options = 0;
    for (CommandLine command : commands()) {
      for (OptionSpec option : command.getCommandSpec().options()) {
        String item = "\n.TP\n\\fB" + roff(PlainText.synopsis(option)) + "\\fR\n";
        if (option.hidden()) {
          assertThat(page(command)).doesNotContain(item);
          continue;
        }
        assertThat(Stream.of(option.names())).allMatch(name -> item.contains(roff(name)));
        assertThat(page(command)).contains(item + roff(PlainText.of(option)) + "\n");
        assertThat(PlainText.of(option).replace("/dev/null", "")).doesNotContain("${", "null");
        options++;
      }
      for (PositionalParamSpec parameter : command.getCommandSpec().positionalParameters()) {
        assertThat(page(command)).contains("\n\\fB" + roff(parameter.paramLabel()) + "\\fR\n");
      }
    }
    assertThat(options).isGreaterThan(150);
  }

  @Test
  void onlyKnownRequestsAreUsed() {
    PAGES.forEach(
        (name, page) ->
            assertThat(page.lines().filter(line -> line.startsWith(".") || line.startsWith("'")))
                .as(name)
                .allMatch(line -> line.matches("\\.(TH|SH|TP|br|nf|fi|\\\\\")( .*)?")));
  }

  @Test
  void aPageHasTheUsualSections() {
    assertThat(PAGES.get("hardwire-patch.1"))
        .startsWith(".\\\" Generated from the command's options.\n.TH HARDWIRE\\-PATCH 1 ")
        .containsSubsequence(
            "\"hardwire 1.2.3\"",
            ".SH NAME\nhardwire\\-patch \\- ",
            ".SH SYNOPSIS\nhardwire patch [OPTIONS] FILE...\n",
            ".SH DESCRIPTION\n",
            ".SH ARGUMENTS\n",
            ".SH POLICY\n",
            ".SH OTHER OPTIONS\n",
            ".SH EXAMPLE\n",
            ".SH EXIT STATUS\n",
            ".SH SEE ALSO\nhardwire(1)\n");
  }
}
