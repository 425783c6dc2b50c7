package dev.hardwire.live.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Expected;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tools that read ELF files find nothing wrong with a patched file that the original does not have.
 */
class ToolQuietTest {
  /** Of each linker and kind, and each kind and hook. */
  private static List<Fixture> sample() {
    return Kinds.each(Fixtures.programs(), Kinds::linkerAndHook);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sample")
  @Execution(ExecutionMode.CONCURRENT)
  void readersHaveNothingNewToSay(Fixture fixture, @TempDir Path own) {
    areQuiet(fixture, Expected.sample(fixture), own);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.hardwire.testing.Fixtures#programs")
  @Execution(ExecutionMode.CONCURRENT)
  @Tag("long")
  void readersHaveNothingNewToSayWithAnyHook(Fixture fixture, @TempDir Path own) {
    areQuiet(fixture, Expected.hooks(fixture), own);
  }

  private static void areQuiet(Fixture fixture, List<Hook> hooks, Path own) {
    Fixtures.copyLibraries(fixture, own);
    Original original = new Original(fixture);
    assertAll(
        hooks.stream()
            .map(hook -> patch(fixture, hook, own))
            .flatMap(
                patched ->
                    Stream.of(() -> quiet(original, patched), () -> lint(original, patched))));
  }

  /** A fixture, and what the tools say of it. */
  private record Original(
      Fixture fixture, List<String> complaints, String libraries, List<String> lint) {
    Original(Fixture fixture) {
      this(
          fixture,
          ToolQuietTest.complaints(fixture.path(), "readelf", "-aW"),
          fixture.isDynamic() ? ToolQuietTest.libraries(fixture.path()) : "",
          fixture.has("no-sections") ? List.of() : lintLines(fixture.path()).toList());
    }
  }

  private static Path patch(Fixture fixture, Hook hook, Path folder) {
    Path out = folder.resolve(hook.id());
    Outcome outcome =
        Cli.run("patch", Policies.ALLOW_ALL, "--hook", hook, "-o", out, fixture.path());
    outcome.succeeds();
    return out;
  }

  private static void quiet(Original original, Path patched) {
    Fixture fixture = original.fixture();
    assertThat(complaints(patched, "readelf", "-aW")).isEqualTo(original.complaints());
    assertThat(described(patched, patched)).isEqualTo(described(fixture.path(), patched));
    if (fixture.isDynamic()) {
      assertThat(libraries(patched)).isEqualTo(original.libraries());
    }
    if (!fixture.has("no-sections")) {
      Outcome code = Programs.run("objdump", "-d", "-j", ".text.hardwire", patched);
      assertThat(code.err()).isEmpty();
      assertThat(code.out())
          .contains("Disassembly of section .text.hardwire:")
          .contains(
              fixture.has("i386")
                  ? List.of("endbr32", "int    $0x80")
                  : List.of("endbr64", "syscall"));
    }
  }

  /** Under first, a file does not name its dynamic linker, and looks like a static one. */
  private static String described(Path file, Path patched) {
    String text = Programs.output("file", "-b", file);
    return isFirst(patched)
        ? text.replaceFirst(", interpreter [^,\n]+", "")
            .replaceFirst("(dynamically|statically|static-pie) linked", "linked")
        : text;
  }

  private static boolean isFirst(Path patched) {
    return patched.endsWith(Hook.FIRST.id());
  }

  private static List<String> complaints(Path file, String... command) {
    Outcome outcome = Programs.run(List.of(command), file);
    assertThat(outcome.status()).isZero();
    return outcome.err().replace(file.toString(), "FILE").lines().distinct().toList();
  }

  private static String libraries(Path file) {
    Outcome outcome = Programs.run("ldd", file);
    return (outcome.status() + outcome.out() + outcome.err())
        .replaceAll("0x[0-9a-f]+", "ADDRESS")
        .replace(file.toString(), "FILE")
        .replace(file.getParent().toString(), "FOLDER");
  }

  /** The types of notes that eu-elflint does not know are no fault. */
  private static void lint(Original original, Path patched) {
    Fixture fixture = original.fixture();
    if (!fixture.has("no-sections")) {
      assertThat(
              lintLines(patched)
                  .filter(line -> !line.contains("unknown object file note type"))
                  .filter(
                      line ->
                          !isFirst(patched)
                              || !line.equals("static executable cannot have dynamic sections")))
          .as("%s, hook %s", fixture, patched.getFileName())
          .isSubsetOf(original.lint());
    }
  }

  /** Without indices; a symbol outside its section may lie on either side of it. */
  private static Stream<String> lintLines(Path file) {
    return Programs.run("eu-elflint", "--gnu-ld", file)
        .out()
        .lines()
        .filter(line -> !line.equals("No errors"))
        .map(line -> line.replaceFirst("^(section|phdr) ?\\[ *[0-9]+\\]", "$1"))
        .map(line -> line.replace("st_value short of", "st_value out of bounds of"));
  }

  @ParameterizedTest
  @CsvSource({"debug-pie,POST_INIT,break construct", "clang-pie,INIT,catch syscall seccomp"})
  void debuggersUnwindThroughTheStub(String name, Hook hook, String stop, @TempDir Path own) {
    unwinds(name, hook, stop, own);
  }

  @ParameterizedTest
  @CsvSource({"gcc-nonpie,POST_INIT,break construct", "cxx-pie,INIT,catch syscall seccomp"})
  @Tag("long")
  void debuggersUnwindThroughMore(String name, Hook hook, String stop, @TempDir Path own) {
    unwinds(name, hook, stop, own);
  }

  private static void unwinds(String name, Hook hook, String stop, Path own) {
    Fixture fixture = Fixtures.named(name);
    Fixtures.copyLibraries(fixture, own);
    List<String> commands =
        Stream.of("set debuginfod enabled off", "info files", stop, "run", "backtrace")
            .flatMap(command -> Stream.of("-ex", command))
            .toList();
    Outcome outcome = Programs.run("gdb", "-nx", "-batch", commands, patch(fixture, hook, own));
    assertThat(outcome.out())
        .contains(" is .text.hardwire\n", " is .note.hardwire\n")
        .containsPattern("(?m)^#[0-9]+ .*__libc_start_main")
        .containsPattern("(?m)^#[0-9]+ .* _start \\(\\)$");
    assertThat(outcome.err()).doesNotContain("hardwire", "corrupt", "Dwarf Error", "Loadable");
  }
}
