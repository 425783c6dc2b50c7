package dev.hardwire;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractPathAssert;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Holds the tests themselves to house rules. */
class TestSourcesTest {
  private static final Path SOURCES = Path.of("src/test/java");

  private static final Pattern NEEDS_ROOT =
      Pattern.compile("Programs\\.\\w+\\(\\s*\"(mount|umount|chown|mknod|chroot)\"");

  /** Parts of the names of what the rules are about. */
  private static final Pattern NAMED =
      Pattern.compile(
          "Disabled|Assumptions|/condition/|TestAborted|hasSameBinaryContentAs|testing/Fixtures");

  /** The tests with such a name in their bytes: to import all of them takes seconds. */
  private static final JavaClasses TESTS =
      new ClassFileImporter()
          .withImportOption(
              location -> NAMED.matcher(read(Path.of(location.asURI()), ISO_8859_1)).find())
          .importPath(Path.of("target/test-classes"));

  /** A tool or a right that is missing is a failure, so no test may be disabled or abort. */
  @Test
  void noTestIsSkipped() {
    assertThat(TESTS).hasSizeGreaterThan(100);
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "org\\.junit\\..*\\.(Disabled|Assumptions|condition\\..*)|org\\.opentest4j\\.TestAborted.*"
                + "|org\\.assertj\\..*Assumptions.*")
        .check(TESTS);
  }

  /** It reads single bytes: once most of the time of tests with large files was spent there. */
  @Test
  void filesAreComparedBlockByBlock() {
    noClasses()
        .should()
        .callMethod(AbstractPathAssert.class, "hasSameBinaryContentAs", Path.class)
        .because("SameBytes.sameBytesAs() does the same in less time")
        .check(TESTS);
  }

  /** The profile {@code quick} runs without fixtures what has no tag and is not in {@code live}. */
  @Test
  void whatNeedsFixturesIsNotQuick() {
    classes()
        .that()
        .haveSimpleNameEndingWith("Test")
        .and()
        .resideOutsideOfPackage("..live..")
        .and(dependOn("dev.hardwire.testing.Fixtures"))
        .should()
        .beAnnotatedWith(Tag.class)
        .check(TESTS);
  }

  /** The quick loop does without root. */
  @Test
  void whatNeedsRootIsNotQuick() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      List<Path> tests =
          files
              .filter(file -> file.toString().matches("(?!.*/live/).*Test\\.java"))
              .filter(file -> NEEDS_ROOT.matcher(read(file, UTF_8)).find())
              .toList();
      assertThat(tests).isNotEmpty();
      assertThat(tests)
          .allSatisfy(file -> assertThat(read(file, UTF_8)).contains("@Tag(\"system\")"));
    }
  }

  private static String read(Path file, Charset charset) {
    try {
      return Files.readString(file, charset);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static DescribedPredicate<JavaClass> dependOn(String type) {
    return DescribedPredicate.describe(
        "depend on " + type,
        test ->
            test.getDirectDependenciesFromSelf().stream()
                .anyMatch(dependency -> dependency.getTargetClass().getFullName().equals(type)));
  }
}
