package dev.hardwire.live.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The native library of each host is loaded by its dynamic linker, and its methods do what a JVM
 * there would ask of them. The program that calls them stands for the JVM.
 */
class NativeLibraryTest {
  private static final Path SOURCE = Path.of("../fixtures/src/tools/native-check.c");
  private static final Path LIBRARIES = Path.of("src/main/resources/dev/hardwire/os");

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void itsMethodsPassEverythingOn(Target target) throws IOException {
    Path program = folder.resolve("check");
    Optional<ForeignMachine> foreign =
        ForeignMachine.all().filter(machine -> machine.id().equals(target.id())).findFirst();
    String own = target == Target.I386 ? "i686-linux-gnu-gcc-14" : "x86_64-linux-gnu-gcc-14";
    String compiler = foreign.map(machine -> machine.tool("gcc-14")).orElse(own);
    Programs.output(
        compiler, "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-o", program, SOURCE, "-ldl");
    Path library = LIBRARIES.resolve(target.id() + ".so").toAbsolutePath();
    List<Object> command =
        foreign
            .map(machine -> machine.emulated(Map.of(), program, library))
            .orElse(new ArrayList<>(List.of(program, library)));
    Outcome outcome = Programs.run(command.toArray());
    assertThat(outcome.status()).as(outcome.toString()).isZero();
    assertThat(outcome.out())
        .isEqualTo(
            """
            address 1
            written
            write 8
            close -9
            fourth -22
            fourth 0
            fifth 0
            fifth -9
            sixth -22
            """);
  }
}
