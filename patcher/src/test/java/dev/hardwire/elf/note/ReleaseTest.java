package dev.hardwire.elf.note;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.patch.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReleaseTest {
  @Test
  void theCurrentOneIsTheVersionOfTheBuild() throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    String version = pom.replaceFirst("(?s).*?<version>([^<]*)</version>.*", "$1");
    assertThat(version.replace("-SNAPSHOT", "")).isEqualTo(Release.CURRENT.toString());
  }

  @Test
  void theLastFormatIsWrittenByIt() {
    Format[] formats = Format.values();
    Format last = formats[formats.length - 1];
    assertThat(last.number()).isEqualTo(HardwireNotes.VERSION);
    assertThat(last.isWrittenBy(Release.CURRENT)).isTrue();
    assertThat(last.isWrittenBy(new Release(0, 0, 9))).isFalse();
  }
}
