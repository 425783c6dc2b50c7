package dev.hardwire;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.hardwire.cli.Main;
import dev.hardwire.core.FilePatcher;
import dev.hardwire.core.FileSigner;
import dev.hardwire.core.Patch;
import dev.hardwire.core.Restoration;
import dev.hardwire.core.files.Outputs;
import dev.hardwire.core.files.PendingOutput;
import dev.hardwire.core.files.ProgramFile;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.image.Format;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.verify.Verifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the main code to the package table of {@code docs/architecture.md} and to house rules. */
class ArchitectureTest {
  private static final String ROOT = "dev.hardwire";

  /** What {@link PackageTable} calls the package {@value #ROOT} itself. */
  private static final String FACADE = "hardwire";

  private static final int MOST_FILES = 25;
  private static final Path SOURCES = Path.of("src/main/java");
  private static final int LONGEST_FILE = 300;

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("/jelf/"))
          .withImportOption(location -> !location.contains("/elf/note/generated/"))
          .importPackages(ROOT);

  @Test
  void everyPackageUsesOnlyWhatItsRowNames() throws IOException {
    Map<String, Set<String>> layers = PackageTable.read(Path.of("../docs/architecture.md"));
    assertThat(packages()).isEqualTo(new TreeSet<>(layers.keySet()));
    layers.forEach(
        (name, uses) -> {
          String[] allowed =
              Stream.concat(uses.stream(), Stream.of(name))
                  .map(ArchitectureTest::pattern)
                  .toArray(String[]::new);
          noClasses()
              .that()
              .resideInAPackage(pattern(name))
              .should(
                  dependOnClassesThat(
                      resideInAPackage(ROOT + "..")
                          .and(resideOutsideOfPackages(ROOT + ".jelf.."))
                          .and(resideOutsideOfPackages(allowed))))
              .because("docs/architecture.md says what " + name + " may use: " + uses)
              .check(CLASSES);
        });
  }

  /** The pattern of a row of the table: the facade's package has none inside it. */
  private static String pattern(String name) {
    return name.equals(FACADE) ? ROOT : ROOT + "." + name + "..";
  }

  /** The top-level packages, without {@value #ROOT}, and the facade's as {@value #FACADE}. */
  private static Set<String> packages() {
    return CLASSES.stream()
        .map(JavaClass::getPackageName)
        .map(name -> name.equals(ROOT) ? FACADE : name.substring(ROOT.length() + 1))
        .map(name -> name.replaceAll("\\..*", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void noCycleBetweenPackages() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @ParameterizedTest
  @CsvSource({
    "dev.hardwire.jelf..,       dev.hardwire.elf..",
    "dev.hardwire.elf.note.generated.., dev.hardwire.elf.note..",
    "io.kaitai..,               dev.hardwire.elf..",
    "org.bouncycastle..,        dev.hardwire.sign..",
    "picocli..,                 dev.hardwire.cli..",
    "com.google.gson..,         dev.hardwire.attest.. | dev.hardwire.cli.. |"
        + " dev.hardwire.container.. | dev.hardwire.learn.. | dev.hardwire.report.. |"
        + " dev.hardwire.spark..",
    "org.apache..,              dev.hardwire.spark..",
    "scala..,                   dev.hardwire.spark..",
    "io.airlift..,              dev.hardwire.container..",
    "org.tukaani..,             dev.hardwire.container..",
    "org.snakeyaml.engine..,    dev.hardwire.policy.format..",
  })
  void onlyTheNamedPackagesUseALibrary(String library, String users) {
    noClasses()
        .that()
        .resideOutsideOfPackages(users.split(" \\| "))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(CLASSES);
  }

  /** The command line has no logic of its own: it works through the facade and its core. */
  @Test
  void theCommandLineStaysOutOfTheEngine() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROOT + ".plan..", ROOT + ".image..", ROOT + ".stub..", ROOT + ".elf..")
        .check(CLASSES);
  }

  @Test
  void commandsAreTasksOfTheFacade() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".cli..")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(
            FilePatcher.class,
            Patch.class,
            Restoration.class,
            Outputs.class,
            PendingOutput.class,
            Verifier.class)
        .orShould()
        .callMethod(FileSigner.class, "embed", ProgramFile.class, FileSigner.Writer.class)
        .orShould()
        .callMethod(FileSigner.class, "detached", Path.class, Optional.class)
        .check(CLASSES);
  }

  /** A plan, its image and the check of the layout belong together; see PlannedPatch. */
  @Test
  void patchesAreMadeInOnePlace() {
    noClasses()
        .that()
        .doNotHaveSimpleName("PlannedPatch")
        .and()
        .doNotHaveSimpleName("PatchedImage")
        .and()
        .doNotHaveSimpleName("PatchPlanner")
        .and()
        .haveNameNotMatching(".*\\.PatchPlanner\\$.*")
        .should()
        .dependOnClassesThat()
        .haveSimpleName("PatchPlanner")
        .orShould()
        .dependOnClassesThat()
        .haveSimpleName("PatchedImage")
        .check(CLASSES);
  }

  @Test
  void theVerifierSharesOnlyReadersWithThePlanner() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".verify..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + ".plan..")
        .check(CLASSES);
  }

  @Test
  void onlyTheCheckOfWhatIsLeftPatchesAgain() {
    noClasses()
        .that()
        .areNotAssignableTo(Format.class)
        .and()
        .doNotHaveSimpleName("RepeatedPatch")
        .should()
        .dependOnClassesThat()
        .haveSimpleName("RepeatedPatch")
        .check(CLASSES);
    noClasses()
        .that()
        .doNotHaveSimpleName("RestCheck")
        .should()
        .callMethod(
            Format.class,
            "repeated",
            ElfFile.class,
            HardwireNotes.class,
            SetupProgram.class,
            Optional.class)
        .check(CLASSES);
  }

  @Test
  void packagesOfTheShellAndTheAnalysisStaySmall() throws IOException {
    try (Stream<Path> found = Files.walk(SOURCES.resolve("dev/hardwire"))) {
      Map<Path, Long> files =
          found
              .filter(file -> file.toString().endsWith(".java"))
              .collect(Collectors.groupingBy(Path::getParent, Collectors.counting()));
      Path root = SOURCES.resolve("dev/hardwire");
      files
          .keySet()
          .removeIf(
              folder ->
                  !folder.equals(root)
                      && !folder.startsWith(root.resolve("cli"))
                      && !folder.startsWith(root.resolve("core"))
                      && !folder.startsWith(root.resolve("derive")));
      assertThat(files).hasSizeGreaterThan(8);
      assertThat(files)
          .allSatisfy((folder, count) -> assertThat(count).isLessThanOrEqualTo(MOST_FILES));
    }
  }

  @Test
  void theModelIsMadeOfRecordsAndFinalClasses() {
    classes()
        .that()
        .resideInAnyPackage(ROOT + ".elf..", ROOT + ".plan..")
        .and()
        .doNotHaveModifier(JavaModifier.SYNTHETIC) // the compiler makes some for switch
        .should(
            new ArchCondition<>("be records, enums, interfaces or final") {
              @Override
              public void check(JavaClass item, ConditionEvents events) {
                boolean closed =
                    item.isEnum()
                        || item.isInterface()
                        || item.getModifiers().contains(JavaModifier.FINAL);
                events.add(new SimpleConditionEvent(item, closed, item.getName() + " is open"));
              }
            })
        .check(CLASSES);
  }

  @Test
  void onlyMainEndsTheProcessOrPrints() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(Main.class)
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "halt", int.class)
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
  }

  @Test
  void theRulesSeeTheClasses() {
    assertThat(CLASSES.contain(Main.class)).isTrue();
    assertThat(CLASSES).hasSizeGreaterThan(100);
  }

  @Test
  void sourceFilesStayShort() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      Map<Path, Integer> tooLong =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .collect(Collectors.toMap(file -> file, ArchitectureTest::lines));
      assertThat(tooLong).hasSizeGreaterThan(50);
      assertThat(tooLong)
          .allSatisfy((file, lines) -> assertThat(lines).isLessThanOrEqualTo(LONGEST_FILE));
    }
  }

  private static int lines(Path file) {
    try {
      return Files.readAllLines(file).size();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
