package dev.hardwire.live.derive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which strings count as names of functions depends on what dlsym(3) gets. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LookupRuleTest {
  private final Deriver deriver = new Deriver();

  @TempDir private Path folder;

  private Derivation derive(String functions, String code) throws IOException {
    Path source = folder.resolve("program.c");
    Files.writeString(
        source,
        """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdio.h>
        #include <string.h>
        #define APART __attribute__((noinline, noclone))
        void *volatile kept;
        %s
        int main(int argc, char **argv) {
          puts("sync");
          %s
          return 0;
        }
        """
            .formatted(functions, code));
    Path program = folder.resolve("program");
    Programs.output("gcc", "-O1", "-w", "-o", program, source);
    return deriver.derive(program, DeriveOptions.PLAIN);
  }

  @Test
  void otherStringsAreNoNames() throws IOException {
    assertThat(derive("", "kept = dlsym(RTLD_DEFAULT, \"getppid\");").names())
        .contains("getppid")
        .doesNotContain("sync");
  }

  @Test
  void namesThatWrappersGetAreFollowed() throws IOException {
    String functions =
        """
        APART void *find(const char *name) { return dlsym(RTLD_DEFAULT, name); }
        APART void *further(int other, const char *name) { kept = &kept; return find(name); }
        """;
    assertThat(derive(functions, "find(\"getppid\"); further(1, \"getpgrp\");").names())
        .contains("getppid", "getpgrp")
        .doesNotContain("sync");
  }

  /** Without dlsym(3), no string is a name; and none if only another file calls it. */
  @Test
  void filesThatLookNothingUpHaveNoNames() throws IOException {
    assertThat(derive("", "").names()).doesNotContain("sync");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kept = dlsym(RTLD_DEFAULT, argv[1]);",
        "kept = dlsym(RTLD_DEFAULT, argc > 1 ? argv[1] : \"getppid\");",
        "static char name[9] = \"getppid\"; fgets(name, 9, stdin);"
            + " kept = dlsym(RTLD_DEFAULT, name);",
        "char name[9]; fgets(name, 9, stdin); kept = dlsym(RTLD_DEFAULT, name);",
        "static const char *names[] = {\"getppid\", \"getpgrp\"};"
            + " kept = dlsym(RTLD_DEFAULT, names[argc & 1]);",
        "kept = dlsym; ((void *(*)()) kept)(RTLD_DEFAULT, argv[1]);",
        "kept = dlsym(RTLD_DEFAULT, \"getppid\"); kept = dlvsym(RTLD_DEFAULT, argv[1], argv[2]);",
      })
  void ifANameIsNotKnownAllStringsAre(String code) throws IOException {
    assertThat(derive("", code).names()).contains("sync");
  }

  @Test
  void ifAWrapperIsCalledThroughPointersAllStringsAreNames() throws IOException {
    String functions = "APART void *find(const char *name) { return dlsym(RTLD_DEFAULT, name); }";
    assertThat(derive(functions, "find(\"getppid\"); kept = find;").names()).contains("sync");
  }
}
