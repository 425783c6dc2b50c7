package dev.hardwire.derive.names;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which strings count as names of functions depends on what dlsym(3) gets. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LookupRuleTest {
  private final Deriver deriver = Derivers.SHARED;

  @TempDir private Path folder;

  private Derivation derive(String functions, String code, String... options) throws IOException {
    List<String> all = new ArrayList<>(List.of("-O1"));
    all.addAll(List.of(options));
    return LookupProgram.derive(deriver, folder, functions, "puts(\"sync\"); " + code, all);
  }

  @Test
  void otherStringsAreNoNames() throws IOException {
    assertThat(derive("", "kept = dlsym(RTLD_DEFAULT, \"getppid\");").names())
        .contains("getppid")
        .doesNotContain("sync");
  }

  /** Names that are put together, each with its place. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "char name[99]; sprintf(name, argv[1], 1); kept = dlopen(name, 1); | dlopen",
        "kept = dlopen(argv[1], 1); | dlopen",
        "kept = dlsym(RTLD_DEFAULT, argv[1]); | dlsym",
        "kept = dlopen(\"libm.so.6\", 1); kept = dlsym(kept, \"sin\"); | ''"
      })
  void placesWhereNamesArePutTogetherAreNamed(String code, String function) throws IOException {
    Derivation found = derive("", code);
    if (function.isEmpty()) {
      assertThat(found.composed()).isEmpty();
    } else {
      assertThat(found.composed())
          .singleElement()
          .satisfies(place -> assertThat(place).startsWith("program 0x").endsWith(", " + function));
    }
  }

  /** Of an array of strings, only the one counts that is certainly looked up. */
  @Test
  void stringsBesideAKnownNameAreNoNames() throws IOException {
    String names = "static const char names[3][8] = {\"getppid\", \"sync\", \"syscall\"};";
    Derivation found = derive(names, "puts(names[argc]); kept = dlsym(RTLD_DEFAULT, names[0]);");
    assertThat(found.names()).contains("getppid").doesNotContain("sync");
    assertThat(found.unknown()).isEmpty();
  }

  /** The name of syscall(2) counts only where it is certainly looked up. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kept = dlsym(RTLD_DEFAULT, argv[1]); | true",
        "kept = dlsym(RTLD_DEFAULT, argv[1]); kept = dlsym(RTLD_DEFAULT, name); | false",
        "kept = dlsym(RTLD_DEFAULT, name); | false"
      })
  void theNameOfSyscallCountsIfItIsLookedUp(String code, boolean known) throws IOException {
    Derivation found = derive("", "const char *name = \"syscall\"; puts(name); " + code);
    assertThat(found.unknown().isEmpty()).isEqualTo(known);
    assertThat(found.rules().stream().anyMatch(rule -> rule.startsWith("lookup: ")))
        .isEqualTo(code.contains("argv"));
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

  /** The names of an array have no addresses of their own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "static char names[3][16] = {\"getppid\", \"getpgrp\"};"
            + " kept = dlsym(RTLD_DEFAULT, names[argc]);",
        "static const struct { int key; char name[12]; } names[] ="
            + " {{1, \"getppid\"}, {2, \"getpgrp\"}};"
            + " kept = dlsym(RTLD_DEFAULT, names[argc - 1].name);",
      })
  void stringsInsideOfObjectsAreNames(String code) throws IOException {
    assertThat(derive("", code).names()).contains("getppid", "getpgrp");
  }

  /** As in libraries that stand before others: RTLD_NEXT finds the definition behind their own. */
  @Test
  void allDefinitionsOfANameAreFound() throws IOException {
    String functions =
        "int getppid(void) { return ((int (*)(void)) dlsym(RTLD_NEXT, \"getppid\"))(); }";
    assertThat(derive(functions, "return getppid();").names()).contains("getppid");
  }

  @Test
  void functionsAreCalledThroughObjectsThatWereLookedUp() throws IOException {
    Path library =
        library(
            """
            int getppid(void);
            static int call(void) { return getppid(); }
            struct { int (*call)(void); } table = {call};
            """);
    String code =
        "return ((struct { int (*call)(void); } *) dlsym(RTLD_DEFAULT, \"table\"))->call();";
    assertThat(derive("", code, "-Wl,--no-as-needed," + library).names()).contains("getppid");
  }

  /** A library gets names from the files that need it, in ways that are not followed. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "static const char *names[] = {\"getppid\", \"getpgrp\"}; kept = find(names[argc - 1]);",
        "kept = finder(\"getppid\");"
      })
  void namesOfFilesThatNeedALibraryCount(String code) throws IOException {
    Path library =
        library(
            """
            #include <dlfcn.h>
            void *find(const char *name) { return dlsym(0, name); }
            void *(*finder)(const char *) = find;
            """);
    String functions = "void *find(const char *); extern void *(*finder)(const char *);";
    assertThat(derive(functions, code, library.toString()).names()).contains("getppid");
  }

  /** As libcrypto, whose functions that get names are used by itself alone. */
  @Test
  void namesOfFilesThatPassNoneToLibcryptoDoNotCount() throws IOException {
    Path library =
        library(
            """
            #include <dlfcn.h>
            static void *bind(void *file, const char *name) { return dlsym(file, name); }
            void *(*method)(void *, const char *) = bind;
            void *DSO_bind_func(void *file, const char *name) { return method(file, name); }
            void *DSO_global_lookup(const char *name) { return method(0, name); }
            void *own(void) { return DSO_global_lookup("getpgrp"); }
            """);
    String functions = "void *own(void); void *DSO_bind_func(void *, const char *);";
    String code = "puts(\"getppid\"); kept = own();";
    Derivation derived = derive(functions, code, library.toString());
    assertThat(derived.names()).contains("getpgrp").doesNotContain("getppid");
    assertThat(derived.rules()).anyMatch(rule -> rule.startsWith("dso: "));
    Path program = folder.resolve("program");
    assertThat(deriver.derive(program, new DeriveOptions(List.of(), List.of(), true)).names())
        .contains("getpgrp")
        .doesNotContain("getppid");
    String passes = code + "kept = DSO_bind_func(0, argv[1]);";
    Derivation both = derive(functions, passes, library.toString());
    assertThat(both.names()).contains("getppid");
    assertThat(both.rules()).noneMatch(rule -> rule.startsWith("dso: "));
  }

  /** Names that others may pass: through the table of methods, or through a function of its own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "kept = method_of()(0, \"getppid\");",
        "kept = passed_on(\"getppid\");",
        "kept = chosen(argc, \"getppid\");",
        "kept = dlsym(RTLD_DEFAULT, \"DSO_bind_func\"); kept = \"getppid\";",
      })
  void namesThatOthersMayPassToLibcryptoCount(String code) throws IOException {
    Path library =
        library(
            """
            #include <dlfcn.h>
            static void *bind(void *file, const char *name) { return dlsym(file, name); }
            void *(*method)(void *, const char *) = bind;
            void *DSO_METHOD_openssl(void) { return method; }
            void *DSO_bind_func(void *file, const char *name) { return method(file, name); }
            void *DSO_global_lookup(const char *name) { return method(0, name); }
            static __attribute__((noinline)) void *inner(long more, const char *name) {
              return DSO_bind_func((void *) more, name);
            }
            %s
            """
                .formatted(
                    code.contains("passed_on")
                        ? "void *passed_on(const char *name) { return inner(0, name); }"
                        : code.contains("chosen")
                            ? "void *chosen(int i, const char *name) {"
                                + " return DSO_global_lookup(i > 1 ? name : \"getpgrp\"); }"
                            : ""));
    String functions =
        """
        void *passed_on(const char *), *chosen(int, const char *);
        void *(*DSO_METHOD_openssl(void))(void *, const char *);
        #define method_of DSO_METHOD_openssl
        """;
    derive(functions, code, "-Wl,--no-as-needed," + library);
    for (boolean safe : new boolean[] {false, true}) {
      Derivation derived =
          deriver.derive(folder.resolve("program"), new DeriveOptions(List.of(), List.of(), safe));
      assertThat(derived.names()).contains("getppid");
      assertThat(derived.rules()).noneMatch(rule -> rule.startsWith("dso: "));
    }
  }

  private Path library(String code) throws IOException {
    Path source = folder.resolve("library.c");
    Files.writeString(source, code);
    Path library = folder.resolve("library.so");
    Gcc.run("-O1", "-w", "-shared", "-fPIC", "-o", library, source);
    return library;
  }

  /** As clang makes them of switches that choose a string. */
  @Test
  void namesInTablesOfDistancesAreFound() throws IOException {
    String table =
        """
        __asm__(".pushsection .rodata.tables, \\"a\\";"
                ".long 0; first: .asciz \\"getppid\\"; second: .asciz \\"getpgrp\\";"
                ".zero 64; after: .long 0; .balign 4; table: .long first - table, second - table;"
                ".long 0x7fffffff; .popsection");
        extern const int table[] __attribute__((visibility("hidden")));
        extern const char after[] __attribute__((visibility("hidden")));
        APART const char *name(int i) { return (const char *) table + table[i]; }
        """;
    assertThat(
            derive(table, "kept = (void *) after; kept = dlsym(RTLD_DEFAULT, name(argc));").names())
        .contains("getppid", "getpgrp");
  }
}
