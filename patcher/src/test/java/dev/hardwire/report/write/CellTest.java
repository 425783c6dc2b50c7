package dev.hardwire.report.write;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of files in tables and URIs. */
class CellTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "/usr/bin/tar|/usr/bin/tar",
        "a,b|\"a,b\"",
        "say \"x\"|\"say \"\"x\"\"\"",
        "=HYPERLINK(1)|'=HYPERLINK(1)",
        "+1|'+1",
        "-1,2|\"'-1,2\"",
        "@SUM|'@SUM",
        "~a\nb~|a\\nb",
        "~\t=1~|\\t=1",
        "~\r=1~|\\r=1",
      })
  void cellsCannotStartAFormulaOrALine(String value, String cell) {
    assertThat(CsvWriter.cell(value)).isEqualTo(cell);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "/usr/bin/tar|file:///usr/bin/tar",
        "bin/a b|bin/a%20b",
        "a:b?c#d%20|a%3Ab%3Fc%23d%2520",
        "~é\n<~|%C3%A9%0A%3C",
        "//host/x|file:////host/x",
      })
  void pathsAreUriReferences(String path, String uri) {
    assertThat(SarifWriter.uri(path)).isEqualTo(uri);
  }
}
