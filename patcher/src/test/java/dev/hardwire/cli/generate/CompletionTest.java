package dev.hardwire.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.HardwireCommand;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Shell completion, for bash as bash runs it. */
class CompletionTest {
  @TempDir private static Path folder;

  @ParameterizedTest
  @CsvSource({
    "pat, patch",
    "policy comp, compile",
    "patch --dr, --dry-run",
    "patch --hook post, post-init",
    "patch --mode ne, needed",
    "policy convert --to mini, minijail",
    "sign --digest sha5, sha512",
    "verify --require-policy-at, --require-policy-at-least",
  })
  void bashCompletes(String line, String completed) throws IOException {
    Path script = folder.resolve("hardwire.bash");
    Files.writeString(script, AutoComplete.bash("hardwire", HardwireCommand.commandLine()));
    int words = line.split(" ", -1).length;
    Outcome outcome =
        Programs.run(
            "bash",
            "-c",
            "compopt() { :; }; source %s; COMP_WORDS=(hardwire %s); COMP_CWORD=%d; _complete_hardwire; echo ${COMPREPLY[@]}"
                .formatted(script, line, words));
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out().strip()).isEqualTo(completed);
  }

  @Test
  void fishKnowsEveryOption() {
    CommandLine commands = HardwireCommand.commandLine();
    String script = FishCompletion.of(commands);
    for (OptionSpec option : commands.getSubcommands().get("patch").getCommandSpec().options()) {
      String name = option.longestName().substring(2);
      assertThat(script)
          .containsPattern(
              "(?m)^complete -c hardwire -n '__fish_seen_subcommand_from patch' .*-l %s( .*)? -d '[^']"
                  .formatted(name));
    }
    assertThat(script)
        .contains(" -l hook -x -a 'auto auto-post-init init post-init entry first' ")
        .contains("'not __fish_seen_subcommand_from patch apply ");
  }
}
