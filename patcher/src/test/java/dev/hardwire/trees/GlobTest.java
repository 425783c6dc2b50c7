package dev.hardwire.trees;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource({
    "*.so,        a/b/c.so,    true",
    "*.so,        c.so,        true",
    "*.so,        c.so/d,      false",
    "b*/c,        bb/c,        true",
    "b*/c,        a/bb/c,      false",
    "**/c,        a/bb/c,      true",
    "**/c,        c,           true",
    "**/bin/*,    usr/bin/x,   true",
    "**/bin/*,    bin/x,       true",
    "**/bin/*,    bin/x/y,     false",
    "'{ls,tar}',  bin/tar,     true",
    "[a-c]?,      b1,          true",
    "[a-c]?,      d1,          false",
  })
  void patternIsForTheNameOrForThePath(String glob, String path, boolean matches) {
    assertThat(Glob.of(glob).matches(Path.of(path))).isEqualTo(matches);
  }

  @Test
  void faultsAreNamed() {
    assertThatThrownBy(() -> Glob.of("[a")).hasMessageContaining("\"[a\" is not a valid pattern");
    assertThatThrownBy(() -> Glob.of("")).hasMessageContaining("is not a valid pattern");
    assertThatThrownBy(() -> Glob.of("/bin/*")).hasMessageContaining("relative to the directory");
  }
}
