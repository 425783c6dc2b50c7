package dev.hardwire.live.guests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Expected;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/support.md} says what the tests check, and names tests that there are. */
class SupportTableTest {
  private static final Pattern TEST = Pattern.compile("`([A-Z]\\w*Test)(?:\\.(\\w+))?`");
  private static final Path SOURCES = Path.of("src/test/java");
  private static final String NATIVE = "FixtureMatrixTest.everyHook";

  @Test
  void theRowsOfThisMachineAreThoseOfTheFixtureMatrix() {
    List<Fixture> wide = Fixtures.programs64();
    List<Fixture> narrow = Fixtures.programs().stream().filter(f -> !wide.contains(f)).toList();
    List<String> rows = new ArrayList<>(rows("amd64", wide));
    rows.addAll(rows("i386", narrow));
    assertThat(SupportTable.documented(NATIVE)).isEqualTo(rows);
  }

  private static List<String> rows(String architecture, List<Fixture> fixtures) {
    List<SupportTable.Entry> entries =
        fixtures.stream()
            .flatMap(f -> Arrays.stream(Hook.values()).map(hook -> entry(f, hook)))
            .toList();
    return SupportTable.rows("this machine's", architecture, entries, Way.hooks(), NATIVE);
  }

  private static SupportTable.Entry entry(Fixture fixture, Hook hook) {
    String kind = fixture.isDynamic() ? "dynamic" : fixture.kind();
    return new SupportTable.Entry(kind, Way.of(hook), Expected.refusal(fixture, hook).isPresent());
  }

  @Test
  void everyGuestHasRows() {
    assertThat(Guest.values())
        .allSatisfy(guest -> assertThat(SupportTable.documented(guest.test())).isNotEmpty());
  }

  @Test
  void theSumsAreThoseOfTheRows() {
    assertThat(SupportTable.lines()).containsSubsequence(SupportTable.sums());
    assertThat(SupportTable.sums()).hasSize(8);
  }

  @Test
  void everyTestThatIsNamedExists() {
    List<MatchResult> named =
        SupportTable.lines().stream().flatMap(line -> TEST.matcher(line).results()).toList();
    assertThat(named).hasSizeGreaterThan(Guest.values().length);
    assertThat(named).allSatisfy(test -> assertThat(exists(test)).as(test.group()).isTrue());
  }

  private static boolean exists(MatchResult test) throws IOException, ClassNotFoundException {
    Class<?> type = Class.forName(qualified(test.group(1)));
    return test.group(2) == null
        || Stream.of(type.getDeclaredMethods()).anyMatch(m -> m.getName().equals(test.group(2)));
  }

  /** The full name of a test class, from where its source is. */
  private static String qualified(String simpleName) throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.endsWith(simpleName + ".java"))
          .map(file -> SOURCES.relativize(file).toString().replace('/', '.'))
          .map(file -> file.substring(0, file.length() - ".java".length()))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no class " + simpleName));
    }
  }
}
