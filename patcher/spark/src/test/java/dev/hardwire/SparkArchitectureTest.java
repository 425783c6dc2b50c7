package dev.hardwire;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the module for Spark to its row of the package table of {@code docs/architecture.md}. */
class SparkArchitectureTest {
  private static final String ROOT = "dev.hardwire";
  private static final String SPARK = ROOT + ".spark..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages(ROOT);

  @Test
  void itUsesOnlyWhatItsRowNames() throws IOException {
    Set<String> uses = PackageTable.read(Path.of("../docs/architecture.md")).get("spark");
    assertThat(uses).doesNotContain("cli");
    String[] allowed =
        Stream.concat(
                Stream.of(SPARK),
                uses.stream()
                    .map(name -> name.equals("hardwire") ? ROOT : ROOT + "." + name + ".."))
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(SPARK)
        .should(
            dependOnClassesThat(
                resideInAPackage(ROOT + "..").and(resideOutsideOfPackages(allowed))))
        .check(CLASSES);
  }

  @Test
  void nothingElseKnowsOfIt() {
    noClasses()
        .that()
        .resideOutsideOfPackage(SPARK)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(SPARK, "org.apache..", "scala..")
        .check(CLASSES);
  }

  @Test
  void itEndsNoProcessAndPrintsToNoStreamOfOthers() {
    noClasses()
        .that()
        .resideInAPackage(SPARK)
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
    classes().that().haveSimpleName("Fleet").should().resideInAPackage(SPARK).check(CLASSES);
  }
}
