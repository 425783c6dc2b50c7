package dev.hardwire.report.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.verify.result.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every check that docs/architecture.md lists has a sentence of its own. */
class CheckWordsTest {
  private static final String NONE = "A check of the program failed.";

  @Test
  void everyCheckHasASentence() throws IOException {
    String text = Files.readString(Path.of("../docs/architecture.md"));
    String table = text.substring(text.indexOf("| check | what it proves |"));
    Matcher names =
        Pattern.compile("^\\| `([a-z-]+)`", Pattern.MULTILINE)
            .matcher(table.substring(0, table.indexOf("\n\n")));
    List<String> all = names.results().map(name -> name.group(1)).toList();
    assertThat(all).hasSizeGreaterThan(20);
    for (String name : all) {
      assertThat(words(name)).as(name).endsWith(".").isNotEqualTo(NONE);
    }
    for (String name : List.of("content", "signer", "time-stamp", "chain", "binding")) {
      assertThat(words("layer 2 signature 1 " + name)).as(name).isNotEqualTo(NONE);
    }
    assertThat(words("no-such-check")).isEqualTo(NONE);
  }

  private static String words(String name) {
    return CheckWords.of(new Check(name, false, "what was found"));
  }
}
