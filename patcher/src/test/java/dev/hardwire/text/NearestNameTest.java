package dev.hardwire.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
  private static final List<String> NAMES = List.of("read", "readv", "write", "exit_group", "dup");

  @ParameterizedTest
  @CsvSource({
    "raed, read",
    "wrte, write",
    "exitgroup, exit_group",
    "dip, dup",
    "reads, read",
    "exit_gruop, exit_group"
  })
  void findsTheNearest(String name, String nearest) {
    assertThat(NearestName.of(name, NAMES)).contains(nearest);
  }

  @ParameterizedTest
  @CsvSource({"frobnicate", "x", "exit"})
  void suggestsNothingFarOff(String name) {
    assertThat(NearestName.of(name, NAMES)).isEmpty();
    assertThat(NearestName.hint(name, NAMES)).isEmpty();
  }
}
