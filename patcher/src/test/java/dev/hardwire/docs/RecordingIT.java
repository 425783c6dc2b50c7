package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** The recorded session is what {@code fixtures/record.py} records of the built jar. */
class RecordingIT {
  private static final Path COMMITTED = Path.of("../docs/session.svg");

  /** What depends on the system's tar and C library. */
  private static final Pattern VARIABLE =
      Pattern.compile("[0-9]+(?= bytes larger)|0x[0-9a-f]+|(?<=> {2})from .*");

  @TempDir private Path folder;

  private static List<String> fixed(Path picture) throws IOException {
    return VARIABLE.matcher(Files.readString(picture)).replaceAll("#").lines().toList();
  }

  @Test
  void isWhatTheCommandsPrint() throws Exception {
    Path recorded = folder.resolve("session.svg");
    Programs.run(
            Map.of("JAVA_HOME", Cli.home().toString(), "NO_COLOR", "1"),
            "python3",
            "../fixtures/record.py",
            recorded)
        .succeeds();
    assertThat(fixed(recorded)).as("run fixtures/record.py").isEqualTo(fixed(COMMITTED));

    Document picture = PicturesTest.parsed(recorded);
    NodeList lines = picture.getElementsByTagName("text");
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines.getLength(); i++) {
      text.append(lines.item(i).getTextContent()).append('\n');
    }
    assertThat(text)
        .contains(
            "\n$ hardwire patch --preset no-exec ",
            "\n./tar-wired: Child died with signal 31\n",
            "\n  denied by policy of ./tar-wired:5:5: kill-process: [execve, execveat]\n",
            "\n  verified\n")
        .endsWith("\ntar: restored\nthe same\n")
        .doesNotContain("\033");
    assertThat(Files.readString(recorded))
        .contains(
            "prefers-color-scheme: dark",
            "@media screen and (prefers-reduced-motion: no-preference) {\n  g { animation: ",
            "<tspan class=\"red\">denied by policy of")
        .doesNotContain("hidden", "opacity: 0"); // a still picture has all of the text
  }
}
