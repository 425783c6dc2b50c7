package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;

/** The committed pictures are what {@code docs/pictures.py} draws. */
@Tag("system")
class PicturesTest {
  private static final Path DOCS = Path.of("../docs");

  @ParameterizedTest
  @ValueSource(strings = {"file.svg", "path.svg", "hooks.svg"})
  void isWhatTheScriptDraws(String name, @TempDir Path folder) throws Exception {
    Process process =
        new ProcessBuilder("python3", DOCS.resolve("pictures.py").toString(), folder.toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
    assertThat(DOCS.resolve(name)).hasSameTextualContentAs(folder.resolve(name));
    assertThat(parsed(folder.resolve(name)).getDocumentElement().getTagName()).isEqualTo("svg");
    assertThat(Files.readString(folder.resolve(name))).contains("prefers-color-scheme: dark");
  }

  /** A picture as a document. */
  static Document parsed(Path picture) throws Exception {
    return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(picture.toFile());
  }
}
