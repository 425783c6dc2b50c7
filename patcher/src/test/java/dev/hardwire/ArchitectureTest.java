package dev.hardwire;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.core.domain.properties.HasParameterTypes.Predicates.rawParameterTypes;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.hardwire.cli.Main;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.output.Outputs;
import dev.hardwire.output.PendingOutput;
import dev.hardwire.patch.Format;
import dev.hardwire.policy.Policy;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.verify.Verifier;
import dev.hardwire.work.FilePatcher;
import dev.hardwire.work.FileSigner;
import dev.hardwire.work.Patch;
import dev.hardwire.work.Restoration;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.FileWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
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

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("/jelf/"))
          .withImportOption(location -> !location.contains("/elf/note/generated/"))
          .importPath(Path.of("target/classes")); // by packages, all of the class path is searched

  @Test
  void everyPackageUsesOnlyWhatItsRowNames() throws IOException {
    Map<String, Set<String>> layers = PackageTable.read(Path.of("../docs/architecture.md"));
    layers.remove("spark"); // a module of its own
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
    "com.google.gson..,         dev.hardwire.work.. | dev.hardwire.cli.. |"
        + " dev.hardwire.container.. | dev.hardwire.learn.. | dev.hardwire.report..",
    "io.airlift..,              dev.hardwire.container..",
    "org.tukaani..,             dev.hardwire.container..",
    "org.snakeyaml.engine..,    dev.hardwire.policy.text.. | dev.hardwire.formats..",
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

  /** Tasks, results and what they are given; what does their work is below, in {@code work}. */
  @Test
  void theFacadeHoldsWhatItsUsersSee() {
    classes()
        .that()
        .resideInAPackage(ROOT)
        .and()
        .areTopLevelClasses()
        .and()
        .doNotHaveSimpleName("package-info")
        .should()
        .bePublic()
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
        .resideInAnyPackage(ROOT + ".patch..", ROOT + ".stub", ROOT + ".elf..")
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
        .doNotHaveSimpleName("PatchedBytes")
        .and()
        .doNotHaveSimpleName("PatchPlanner")
        .and()
        .haveNameNotMatching(".*\\.PatchPlanner\\$.*")
        .should()
        .dependOnClassesThat()
        .haveSimpleName("PatchPlanner")
        .orShould()
        .dependOnClassesThat()
        .haveSimpleName("PatchedBytes")
        .check(CLASSES);
  }

  @Test
  void theVerifierSharesOnlyReadersWithThePlanner() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".verify..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + ".patch.plan..")
        .check(CLASSES);
  }

  @Test
  void onlyTheCheckOfWhatIsLeftPatchesAgain() {
    noClasses()
        .that()
        .doNotHaveSimpleName("RestCheck")
        .should()
        .callMethod(
            Format.class,
            "repeated",
            ElfFile.class,
            HardwireNotes.class,
            Policy.class,
            SetupProgram.class,
            Optional.class)
        .check(CLASSES);
  }

  @Test
  void theModelIsMadeOfRecordsAndFinalClasses() {
    classes()
        .that()
        .resideInAnyPackage(ROOT + ".elf..", ROOT + ".patch.plan..")
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

  /** Names are looked up again each time, and other users may exchange them. */
  @Test
  void onlyTwoPackagesChangeFilesByTheirNames() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".os..", ROOT + ".output..")
        .and()
        .haveNameNotMatching(named(OF_PROCESSES))
        .should()
        .callMethodWhere(
            target(owner(equivalentTo(Files.class)))
                .and(target(nameMatching("write.*|new.*(Output|Writer|Channel).*|create.*")))
                .or(
                    target(owner(equivalentTo(Files.class)))
                        .and(target(nameMatching("delete.*|move|copy|set.*")))))
        .orShould()
        .callConstructorWhere(
            target(owner(assignableTo(FileWriter.class)))
                .or(target(owner(equivalentTo(RandomAccessFile.class))))
                .or(
                    target(owner(equivalentTo(FileOutputStream.class)))
                        .and(target(rawParameterTypes(String.class)))))
        .orShould()
        .callMethodWhere(
            target(owner(equivalentTo(File.class)))
                .and(target(nameMatching("delete.*|create.*|mkdir.*|renameTo|set.*"))))
        .check(CLASSES);
  }

  /** Whatever else is read was opened once, and is known to be a regular file. */
  @Test
  void onlySomeClassesOpenFilesByTheirNames() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            ROOT + ".os..",
            ROOT + ".output..",
            ROOT + ".input..",
            ROOT + ".bytes..",
            ROOT + ".policy.text..", // policies, which the user names, and what they include
            ROOT + ".sign.key..") // keys
        .and()
        .haveNameNotMatching(named(OF_PROCESSES))
        .and()
        .haveNameNotMatching(named(OF_PIPES))
        .should()
        .callMethodWhere(
            target(owner(equivalentTo(Files.class)))
                .and(
                    target(nameMatching("newInputStream|newBufferedReader|lines|read(All|Str).*"))))
        .orShould()
        .callConstructorWhere(
            target(owner(assignableTo(FileReader.class)))
                .or(target(owner(equivalentTo(FileInputStream.class)))))
        .orShould()
        .callMethod(FileChannel.class, "open", Path.class, OpenOption[].class)
        .check(CLASSES);
  }

  /** Classes that work on files in proc(5), which are those of processes. */
  private static final Set<String> OF_PROCESSES =
      Set.of(
          "Caller",
          "Vdso",
          "TracedProcesses",
          "ProcessEnvironment",
          "Tracer",
          "LiveMemory",
          "FileTree",
          "FormerProcess");

  /** Classes that read what may be a pipe, or the build's own files. */
  private static final Set<String> OF_PIPES =
      Set.of("LogFiles", "WhyCommand", "ReportCommand", "Variation", "ArchiveTrainer");

  private static String named(Set<String> classes) {
    return ".*\\.(" + String.join("|", classes) + ")(\\$.*)?";
  }

  @Test
  void theRulesSeeTheClasses() {
    assertThat(CLASSES.contain(Main.class)).isTrue();
    assertThat(CLASSES).hasSizeGreaterThan(100);
  }
}
