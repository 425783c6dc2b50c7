package dev.hardwire.live.foreign;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.patch.LayoutCheck;
import dev.hardwire.patch.PatchedBytes;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.CallLists;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.testing.Carriers;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Libraries, launchers and mode needed for other architectures. qemu-user, which runs what is
 * written, has no seccomp: so that a filter fails closed, and what installs none shows that the
 * code works.
 */
@Execution(ExecutionMode.CONCURRENT)
class ForeignCarrierTest {
  private static final String DENY = "SECCOMP_SYSCALL_DENY";
  private static final Map<String, String> UNAME = Map.of(DENY, "uname");
  private static final Policy ALLOW_ALL =
      CallLists.policy(Optional.empty(), Optional.of(""), Action.KILL_PROCESS);

  /** Dynamic programs that the usual profile gives mode needed, one for each architecture. */
  private static final Set<String> SAMPLE =
      Set.of(
          "aarch64-bti-pie",
          "arm-nonpie",
          "riscv64-pie",
          "ppc64le-nonpie",
          "s390x-pie",
          "loongarch64-nonpie");

  @TempDir private static Path shared;
  private static Carriers carriers;

  @TempDir private Path folder;

  @BeforeAll
  static void share() {
    carriers = new Carriers(shared);
  }

  static Stream<ForeignMachine> machines() {
    return ForeignMachine.all();
  }

  static Stream<Fixture> dynamic() {
    return Fixtures.foreign().stream().filter(Fixture::isDynamic);
  }

  static Stream<Fixture> someDynamic() {
    return dynamic().filter(fixture -> SAMPLE.contains(fixture.name()));
  }

  private static Path program(ForeignMachine machine) {
    return Fixtures.named(machine.id() + "-pie").path();
  }

  private static ElfFile elf(Path file) throws IOException {
    return ElfFile.parse(Bytes.wrap(Files.readAllBytes(file)));
  }

  private static Outcome stopped(String reason) {
    return new Outcome(126, "", "hardwire: " + reason + "\n");
  }

  /** The dynamic linkers refuse libraries of another ABI, which e_flags name. */
  @ParameterizedTest
  @CsvSource({
    "aarch64, '0x0'",
    "arm, '0x5000400, Version5 EABI, hard-float ABI'",
    "riscv64, '0x4, double-float ABI'",
    "ppc64le, '0x2, abiv2'",
    "s390x, '0x0'",
    "loongarch64, '0x43, DOUBLE-FLOAT, OBJ-v1'"
  })
  void theFilesSayTheirAbi(String machine, String flags) {
    for (Path file : List.of(carriers.library(machine), carriers.launcher(machine))) {
      assertThat(Programs.output("readelf", "-hW", file))
          .containsPattern("Flags: +" + flags + "\n");
    }
  }

  @ParameterizedTest
  @MethodSource("machines")
  void toolsFindNoFault(ForeignMachine machine) throws IOException {
    List<Path> files =
        List.of(
            carriers.library(machine.id()),
            carriers.library(machine.id(), "--deny=ptrace"),
            carriers.launcher(machine.id()),
            carriers.launcher(machine.id(), "--deny=ptrace"));
    for (Path file : files) {
      assertThat(LayoutCheck.faults(elf(file))).isEmpty();
    }
    assertThat(Programs.output("eu-elflint", "--gnu-ld", files).lines())
        .filteredOn(line -> !line.isEmpty() && !files.contains(Path.of(line.replace(":", ""))))
        .hasSameSizeAs(files)
        .allMatch(line -> line.strip().equals("No errors"));
    for (List<Object> tool :
        List.<List<Object>>of(
            List.of(machine.tool("readelf"), "-aW", files),
            List.of(machine.tool("objdump"), "-xd", files),
            List.of("eu-readelf", "-a", files))) {
      Outcome outcome = Programs.run(Programs.strings(tool.toArray()));
      assertThat(outcome.status()).as(tool + ": " + outcome).isZero();
      assertThat(outcome.err()).as(tool.toString()).isEmpty();
    }
    assertThat(Programs.output("nm", "-D", files).lines())
        .filteredOn(line -> !line.isEmpty())
        .containsExactlyElementsOf(files.stream().map(file -> file + ":").toList());
  }

  @ParameterizedTest
  @MethodSource("machines")
  void thePreloadedLibraryReadsTheEnvironment(ForeignMachine machine) {
    Path library = carriers.library(machine.id());
    assertThat(preloaded(machine, library, Map.of()))
        .isEqualTo(stopped("the program has no policy, so it was not started"));
    assertThat(preloaded(machine, library, Map.of(DENY, "ptrace::unmae")))
        .isEqualTo(
            stopped(
                DENY + ", item 3: unknown system call \"unmae\", so the program was not started"));
    assertThat(preloaded(machine, library, UNAME))
        .isEqualTo(
            stopped("seccomp(SECCOMP_SET_MODE_FILTER) failed, so the program was not started"));
    Path allows = carriers.library(machine.id(), "--allow-unconfined");
    Outcome original = Programs.run(machine.emulated(Map.of(), program(machine)));
    assertThat(original.status()).isEqualTo(7);
    assertThat(preloaded(machine, allows, Map.of())).isEqualTo(original);
  }

  private static Outcome preloaded(
      ForeignMachine machine, Path library, Map<String, String> variables) {
    Map<String, String> all = new HashMap<>(variables);
    all.put("LD_PRELOAD", library.toString());
    return Programs.run(machine.emulated(all, program(machine)));
  }

  @ParameterizedTest
  @MethodSource("machines")
  void aPolicyThatIsBuiltInIsInstalled(ForeignMachine machine) {
    Path library = carriers.library(machine.id(), "--deny=ptrace");
    assertThat(preloaded(machine, library, Map.of())).isEqualTo(withoutSeccomp());
  }

  private static Outcome withoutSeccomp() {
    return stopped(
        "seccomp(SECCOMP_SET_MODE_FILTER) failed, so the program was not started; the call"
            + " returned -38");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("someDynamic")
  void modeNeeded(Fixture fixture) throws IOException {
    checkNeeded(fixture);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dynamic")
  @Tag("long")
  void modeNeededOfAll(Fixture fixture) throws IOException {
    checkNeeded(fixture);
  }

  private void checkNeeded(Fixture fixture) throws IOException {
    ForeignMachine machine = ForeignMachine.of(fixture);
    Path library = new Carriers(folder).library(fixture, "--require-policy");
    Path patched = folder.resolve("patched");
    succeeds(
        "patch", "--deny=", "--mode=needed", "--library", library, "-o", patched, fixture.path());
    assertThat(succeeds("verify", "--allow-empty", "--original", fixture.path(), patched))
        .contains("  verified\n");
    assertThat(succeeds("inspect", patched)).contains("library   " + library);
    assertThat(Programs.run(machine.emulated(Map.of(), patched))).isEqualTo(withoutSeccomp());
    Path restored = folder.resolve("restored");
    succeeds("restore", "-o", restored, patched);
    assertThat(restored).has(sameBytesAs(fixture.path()));

    Path noFilter = folder.resolve("no-filter");
    Files.write(noFilter, withoutFilter(elf(fixture.path()), library).toArray());
    assertThat(noFilter.toFile().setExecutable(true)).isTrue();
    assertThat(Programs.run(machine.emulated(Map.of(), noFilter)))
        .isEqualTo(Programs.run(machine.emulated(Map.of(), fixture.path())));
    Files.delete(library);
    assertThat(Programs.run(machine.emulated(Map.of(), noFilter)).status()).isEqualTo(127);
  }

  private static String succeeds(Object... command) {
    Outcome outcome = Cli.run(command);
    assertThat(outcome.status()).as("%s: %s", List.of(command), outcome).isZero();
    return outcome.out();
  }

  /** Only no_new_privs is set, the first step of every setup program. */
  private static Bytes withoutFilter(ElfFile elf, Path library) {
    SetupProgram whole = SetupCompiler.compile(elf.machine(), ALLOW_ALL);
    PatchRequest request =
        PatchRequest.of(
                new SetupProgram(whole.steps().subList(0, 1), whole.data()),
                YamlPolicyWriter.write(ALLOW_ALL))
            .with(PatchSettings.DEFAULT.withLibrary(library.toString()));
    return PatchedBytes.of(elf.bytes(), PatchPlanner.plan(elf, request));
  }

  /**
   * The kernel of this machine does not execute the copy in memory, which qemu-user hands to it.
   */
  @ParameterizedTest
  @MethodSource("machines")
  void theLauncher(ForeignMachine machine) {
    Path launcher = carriers.launcher(machine.id());
    Path program = program(machine);
    assertThat(Programs.run(machine.emulated(UNAME, launcher, program)))
        .isEqualTo(
            stopped(
                program
                    + ": a copy of it in memory cannot be executed, so the filter is installed"
                    + " before it is executed\n"
                    + withoutSeccomp().err().strip()));
    assertThat(Programs.run(machine.emulated(Map.of(DENY, "execve"), launcher, program)))
        .isEqualTo(
            stopped(
                program
                    + ": a copy of it in memory cannot be executed, so the policy would have to"
                    + " allow execve; it was not started"));
    assertThat(Programs.run(machine.emulated(Map.of(DENY, "~"), launcher, program)))
        .isEqualTo(
            stopped(DENY + ", item 1: unknown system call \"\", so the program was not started"));
    assertThat(Programs.run(machine.emulated(UNAME, launcher, "/bin/true")))
        .isEqualTo(
            stopped(
                "/bin/true: it is for another machine than this launcher, so it was not started"));
    assertThat(Programs.run(machine.emulated(UNAME, launcher)).status()).isEqualTo(2);
    assertThat(Programs.run(machine.emulated(UNAME, launcher, "nowhere")).status()).isEqualTo(127);
  }
}
