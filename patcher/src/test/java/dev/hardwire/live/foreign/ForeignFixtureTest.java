package dev.hardwire.live.foreign;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.patch.LayoutCheck;
import dev.hardwire.patch.PatchedBytes;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.CallLists;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Expected;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs for other architectures with every hook. What comes out is examined here and run by
 * qemu-user, which has no seccomp: so that a filter fails closed, and a setup program without one
 * shows that stub and hook work.
 */
class ForeignFixtureTest {
  private static final Policy ALLOW_ALL =
      CallLists.policy(Optional.empty(), Optional.of(""), Action.KILL_PROCESS);

  /** What the usual profile does in all ways: each architecture, hook and kind of program. */
  private static final Map<String, Hook> SAMPLE =
      Map.of(
          "aarch64-bti-pie", Hook.INIT,
          "aarch64-static-pie", Hook.ENTRY,
          "arm-pie", Hook.FIRST,
          "arm-a32-static", Hook.POST_INIT,
          "riscv64-nonpie", Hook.POST_INIT,
          "ppc64le-static", Hook.INIT,
          "s390x-static-pie", Hook.ENTRY,
          "loongarch64-nonpie", Hook.FIRST);

  private static List<Object> emulated(Fixture fixture, Path program) {
    return ForeignMachine.of(fixture).emulated(Map.of(), program);
  }

  @Test
  void everyArchitectureIsThere() {
    assertThat(Fixtures.foreign().stream().map(Fixture::machine).distinct())
        .containsExactlyInAnyOrder("aarch64", "arm", "riscv64", "ppc64le", "s390x", "loongarch64");
    assertThat(Fixtures.foreign().stream().map(Fixture::name)).containsAll(SAMPLE.keySet());
  }

  /** Some with one hook in all ways; with the other hooks, the patch alone. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.hardwire.testing.Fixtures#foreign")
  @Execution(ExecutionMode.CONCURRENT)
  void everyHook(Fixture fixture, @TempDir Path folder) {
    List<Hook> inAllWays = Optional.ofNullable(SAMPLE.get(fixture.name())).stream().toList();
    assertThat(Expected.hooks(fixture)).containsAll(inAllWays);
    check(fixture, inAllWays, folder);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.hardwire.testing.Fixtures#foreign")
  @Execution(ExecutionMode.CONCURRENT)
  @Tag("long")
  void everyHookInAllWays(Fixture fixture, @TempDir Path folder) {
    check(fixture, Expected.hooks(fixture), folder);
  }

  private static void check(Fixture fixture, List<Hook> inAllWays, Path folder) {
    assertAll(
        Arrays.stream(Hook.values())
            .map(
                hook ->
                    () -> {
                      Path own = Files.createDirectory(folder.resolve(hook.id()));
                      Optional<String> refusal = Expected.refusal(fixture, hook);
                      if (refusal.isPresent()) {
                        refused(fixture, hook, refusal.get(), own);
                      } else if (inAllWays.contains(hook)) {
                        check(fixture, hook, own);
                      } else {
                        checkPatch(fixture, hook, own);
                      }
                    }));
    Path out = patch(folder.resolve("auto"), fixture.path(), Policies.ALLOW_ALL);
    String hook = Expected.automatic(fixture).id();
    assertThat(out).has(sameBytesAs(folder.resolve(hook).resolve("allow-all")));
  }

  private static void refused(Fixture fixture, Hook hook, String refusal, Path folder) {
    Path out = folder.resolve("refused");
    Outcome outcome =
        Cli.run("patch", Policies.ALLOW_ALL, "--hook", hook, "-o", out, fixture.path());
    assertThat(outcome.status()).isEqualTo(3);
    assertThat(outcome.err()).contains(": " + refusal + ": ");
    assertThat(out).doesNotExist();
  }

  private static Path checkPatch(Fixture fixture, Hook hook, Path folder) {
    List<Object> with = List.of("--hook", hook);
    List<String> assumed = Expected.assumptions(fixture, hook);
    Path allowed = patch(folder.resolve("allow-all"), fixture.path(), Policies.ALLOW_ALL, with);
    succeeds("verify", assumed, "--original", fixture.path(), allowed);
    return allowed;
  }

  private static void check(Fixture fixture, Hook hook, Path folder) throws IOException {
    List<Object> with = List.of("--hook", hook);
    List<String> assumed = Expected.assumptions(fixture, hook);
    Path allowed = checkPatch(fixture, hook, folder);
    assertThat(succeeds("inspect", allowed)).contains(" " + fixture.machine() + ",");
    Path restored = folder.resolve("restored");
    succeeds("restore", "-o", restored, allowed);
    assertThat(restored).has(sameBytesAs(fixture.path()));
    Path stacked =
        patch(
            folder.resolve("stacked"),
            allowed,
            Policies.UNAME_ERRNO,
            List.of("--hook", Expected.stacked(hook), "--stack"));
    succeeds("verify", assumed, "--original", fixture.path(), stacked);
    Path replaced =
        patch(folder.resolve("replaced"), allowed, Policies.UNAME_ERRNO, with, "--replace");
    succeeds("verify", assumed, "--original", fixture.path(), replaced);
    readersAreQuiet(fixture, allowed);
    stripKeepsThePatch(fixture, allowed, folder);
    failsClosedWithoutSeccomp(fixture, allowed);
    runsAsBeforeWithoutFilter(fixture, hook, folder.resolve("no-filter"));
  }

  private static Path patch(Path out, Path input, List<String> policy, Object... options) {
    succeeds(
        "patch",
        policy,
        List.of(options).stream().flatMap(ForeignFixtureTest::flat).toList(),
        "-o",
        out,
        input);
    return out;
  }

  private static Stream<?> flat(Object option) {
    return option instanceof List<?> list ? list.stream() : Stream.of(option);
  }

  private static String succeeds(Object... command) {
    Outcome outcome = Cli.run(command);
    assertThat(outcome.status()).as("%s: %s", List.of(command), outcome).isZero();
    return outcome.out();
  }

  private static void readersAreQuiet(Fixture fixture, Path patched) {
    String readelf = ForeignMachine.of(fixture).tool("readelf");
    assertThat(complaints(readelf, patched)).isEqualTo(complaints(readelf, fixture.path()));
    Outcome code =
        Programs.run(
            ForeignMachine.of(fixture).tool("objdump"), "-d", "-j", ".text.hardwire", patched);
    assertThat(code.err()).isEmpty();
    assertThat(code.out()).contains(ForeignMachine.of(fixture).call());
  }

  private static String complaints(String readelf, Path file) {
    Outcome outcome = Programs.run(readelf, "-aW", file);
    assertThat(outcome.status()).isZero();
    return outcome.err().replace(file.toString(), "FILE");
  }

  /** A program header table that moved is then at a place that old kernels do not compute. */
  private static void stripKeepsThePatch(Fixture fixture, Path patched, Path folder)
      throws IOException {
    ElfFile original = stripped(fixture, fixture.path(), folder.resolve("stripped-original"));
    ElfFile after = stripped(fixture, patched, folder.resolve("stripped"));
    assertThat(LayoutCheck.faults(original)).isEmpty();
    boolean tableMoved = elf(patched).header().phoff() != elf(fixture.path()).header().phoff();
    assertThat(LayoutCheck.faults(after).stream().map(LayoutCheck.Fault::subject))
        .isSubsetOf(tableMoved ? List.of("AT_PHDR") : List.of());
    assertThat(HardwireNotes.last(after)).isEqualTo(HardwireNotes.last(elf(patched)));
    failsClosedWithoutSeccomp(fixture, folder.resolve("stripped"));
  }

  private static ElfFile stripped(Fixture fixture, Path file, Path out) throws IOException {
    Programs.output(ForeignMachine.of(fixture).tool("strip"), "-o", out, file);
    return elf(out);
  }

  private static ElfFile elf(Path file) throws IOException {
    return ElfFile.parse(Bytes.wrap(Files.readAllBytes(file)));
  }

  private static void failsClosedWithoutSeccomp(Fixture fixture, Path patched) {
    Outcome outcome = Programs.run(emulated(fixture, patched));
    assertThat(outcome)
        .isEqualTo(
            new Outcome(
                126,
                "",
                "hardwire: seccomp(SECCOMP_SET_MODE_FILTER) failed, so the program was not started;"
                    + " the call returned -38\n"));
  }

  /** Only no_new_privs is set, the first step of every setup program. */
  private static void runsAsBeforeWithoutFilter(Fixture fixture, Hook hook, Path out)
      throws IOException {
    ElfFile elf = elf(fixture.path());
    SetupProgram whole = SetupCompiler.compile(elf.machine(), ALLOW_ALL);
    SetupProgram first = new SetupProgram(whole.steps().subList(0, 1), whole.data());
    PatchRequest request =
        PatchRequest.of(first, YamlPolicyWriter.write(ALLOW_ALL))
            .with(PatchSettings.DEFAULT.withHook(hook));
    Files.write(out, PatchedBytes.of(elf.bytes(), PatchPlanner.plan(elf, request)).toArray());
    assertThat(out.toFile().setExecutable(true)).isTrue();
    Outcome original = Programs.run(emulated(fixture, fixture.path()));
    assertThat(original.status()).isEqualTo(7);
    assertThat(original.out()).contains("\nctor stack=ok\nctor args=ok\n", "\nphdr ok\ndone\n");
    assertThat(Programs.run(emulated(fixture, out)))
        .as("hook %s", hook)
        .isEqualTo(Expected.under(hook, original));
  }
}
