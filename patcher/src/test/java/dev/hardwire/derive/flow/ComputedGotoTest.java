package dev.hardwire.derive.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Cases;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Labels as values: the label {@code c} is also reached from what stands before it. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // libraries are read once
class ComputedGotoTest {
  private static final List<String> JUMPS =
      List.of(
          "static void *const table[] = {&&a, 0, &&c}; goto *table[count]",
          "static void *table[2] = {&&a, &&a}; if (count > 1) table[1] = &&c; goto *table[count &"
              + " 1]",
          "static void *volatile kept; kept = count > 1 ? &&a : &&c; goto *kept",
          "static const int table[] = {&&a - &&a, &&c - &&a}; goto *(&&a + table[count & 1])",
          // what is kept was computed
          "static void *volatile kept; static const int table[] = {0, &&c - &&a}; kept = &&a +"
              + " table[count & 1]; goto *kept",
          // what is no label does not end a table
          "static void *const table[] = {&&a, (void *)1, &&c}; goto *table[count]",
          "static void *const table[] = {&&a, (void *)write, &&c}; goto *table[count]");

  private final Deriver deriver = Derivers.SHARED;

  @TempDir private Path folder;

  private static final List<List<String>> OPTIONS =
      Stream.of("-O0", "-O2", "-Os")
          .flatMap(level -> Stream.of(List.of(level, "-pie"), List.of(level, "-no-pie")))
          .toList();

  static Stream<Arguments> jumps() {
    return Cases.some(JUMPS, OPTIONS);
  }

  static Stream<Arguments> allJumps() {
    return Cases.all(JUMPS, OPTIONS);
  }

  @ParameterizedTest
  @MethodSource("jumps")
  void waysToALabelCount(String jump, List<String> options) throws IOException {
    countsAllWays(jump, options);
  }

  @ParameterizedTest
  @MethodSource("allJumps")
  @Tag("long")
  void allWaysToALabelCount(String jump, List<String> options) throws IOException {
    countsAllWays(jump, options);
  }

  private void countsAllWays(String jump, List<String> options) throws IOException {
    Path source = folder.resolve("goto.c");
    Files.writeString(
        source,
        """
        #include <sys/prctl.h>
        #include <unistd.h>
        int main(int count, char **words) {
          int option = PR_GET_DUMPABLE;
          %s;
        a:
          option = PR_GET_SECCOMP;
          count += write(1, "a", 1);
        c:
          return prctl(option) + count;
        }
        """
            .formatted(jump));
    Path program = folder.resolve("goto");
    Gcc.run(options, "-o", program, source);
    Derivation found = deriver.derive(program, DeriveOptions.PLAIN);
    Derivation.ReachedArgument option = found.explain("prctl").orElseThrow().arguments().get(0);
    assertThat(
            !option.unknown().isEmpty() || option.values().keySet().containsAll(List.of(3L, 21L)))
        .as("%s", option.values())
        .isTrue();
  }
}
