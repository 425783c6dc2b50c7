package dev.hardwire.policy.text;

import static dev.hardwire.formats.ForeignFormats.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceTextTest {
  /** The characters of line 2 take two, one and two units. */
  @ParameterizedTest
  @CsvSource({
    "0, x:1:1",
    "1, x:1:2",
    "2, x:2:1",
    "4, x:2:2",
    "5, x:2:3",
    "7, x:2:4",
    "8, x:3:1",
    "9, x:4:1",
    "10, x:4:2",
    "99, x:4:2"
  })
  void placesAreCountedInLinesAndCharacters(int index, String place) {
    SourceText text = SourceText.decode(bytes("a\n\ud83d\ude00b\ud83d\ude01\n\nc"), "x");
    assertThat(text.position(index)).hasToString(place);
  }
}
