package dev.hardwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LeftOutTestsTest {
  private static final Path TESTS = Path.of("target/test-classes");

  /** Names in other form: this test does not name the classes. */
  private static Map<String, Set<String>> leftOut(String... names) throws IOException {
    return LeftOutTests.leftOut(
        Stream.of(names).map(name -> "dev/hardwire/" + name.replace('.', '/')).toList(), TESTS);
  }

  @Test
  void aClassThatOnlyTestsOfOtherProfilesNameIsToldWithThem() throws IOException {
    Map<String, Set<String>> found = leftOut("report.write.SqliteWriter", "stub.LandlockSteps");
    assertThat(found).hasSize(1);
    assertThat(found.keySet().iterator().next()).endsWith("/SqliteWriter");
    assertThat(found.values().iterator().next()).contains("SqliteWriterTest");
  }

  @Test
  void aClassThatNoTestNamesHasThoseOfItsPackageOrOfTheNextOneAroundIt() throws IOException {
    assertThat(leftOut("report.html.TreePart").values().iterator().next())
        .contains("ReportCommandTest", "SqliteWriterTest");
  }
}
