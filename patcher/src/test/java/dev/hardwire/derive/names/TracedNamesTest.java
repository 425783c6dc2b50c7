package dev.hardwire.derive.names;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Cases;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.Deriver;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Names that dlsym(3) gets out of lists of arguments and constant arrays are known. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TracedNamesTest {
  private static final String FUNCTIONS =
      """
      typedef long (*function)(long);
      static function one, two, three, four;
      #define ONE (void **) &one
      #define TWO (void **) &two
      #define THREE (void **) &three
      #define FOUR (void **) &four
      APART int find(void *from, va_list list) {
        for (void **place; (place = va_arg(list, void **)) != NULL; ) {
          *place = dlsym(from, va_arg(list, const char *));
          if (*place == NULL) {
            return -1;
          }
        }
        return 0;
      }
      APART int many(void *from, int level, ...) {
        va_list list;
        va_start(list, level);
        int result = find(from, list);
        va_end(list);
        return result;
      }
      APART int direct(void *from, ...) {
        va_list list;
        va_start(list, from);
        for (void **place; (place = va_arg(list, void **)) != NULL; ) {
          *place = dlsym(from, va_arg(list, const char *));
        }
        va_end(list);
        return 0;
      }
      APART int numbers(void *from, ...) {
        va_list list;
        va_start(list, from);
        for (void **place; (place = va_arg(list, void **)) != NULL; ) {
          three = (function) (long) va_arg(list, double);
          *place = dlsym(from, va_arg(list, const char *));
        }
        va_end(list);
        return 0;
      }
      APART void change(const char **name) { *name = "getpgrp"; }
      APART void put(const char **list, const char *with, int at) {
        while (at-- > 0) { list++; }
        *list = with;
      }
      static const char *const fixed[] = {"getppid", "getpgrp"};
      static const struct { const char *name; void **to; } rows[] =
          {{"getppid", ONE}, {"getpgrp", TWO}};
      const char *changed[] = {"getppid", "getpgrp"};
      """;

  private static final String CALL_ALL =
      "if (one) one(0); if (two) two(0); if (three) three(0); if (four) four(0);";

  private final Deriver deriver = Derivers.SHARED;

  @TempDir private Path folder;

  private Derivation derive(String functions, String code, List<String> options)
      throws IOException {
    return LookupProgram.derive(deriver, folder, functions, "kept = \"sync\"; " + code, options);
  }

  private static final List<List<String>> OPTIONS =
      List.of(List.of("-O1"), List.of("-O2"), List.of("-O1", "-no-pie", "-fno-pie"));

  private static final List<String> LISTS =
      List.of(
          "many(RTLD_DEFAULT, 1, ONE, \"getppid\", TWO, \"getpgrp\", NULL);",
          "many(RTLD_DEFAULT, 1, ONE, \"getppid\", TWO, argc > 1 ? \"getpgrp\" : \"getsid\", NULL);",
          "direct(RTLD_DEFAULT, ONE, \"getuid\", TWO, \"getgid\", THREE, \"getsid\","
              + " FOUR, \"getppid\", ONE, \"getpgrp\", NULL);",
          "direct(RTLD_DEFAULT, ONE, \"getppid\", NULL); direct(RTLD_DEFAULT, TWO, \"getpgrp\", 0L);",
          "for (int i = 0; i < 2; i++) *rows[i].to = dlsym(RTLD_DEFAULT, rows[i].name);",
          "for (int i = 0; i < 2; i++) kept = dlsym(RTLD_DEFAULT, fixed[i]);");

  static Stream<Arguments> lists() {
    return Cases.some(LISTS, OPTIONS);
  }

  static Stream<Arguments> allLists() {
    return Cases.all(LISTS, OPTIONS);
  }

  @ParameterizedTest
  @MethodSource("lists")
  void namesInListsAreFound(String code, List<String> options) throws IOException {
    finds(code, options);
  }

  @ParameterizedTest
  @MethodSource("allLists")
  @Tag("long")
  void namesInListsAreFoundAtAllLevels(String code, List<String> options) throws IOException {
    finds(code, options);
  }

  private void finds(String code, List<String> options) throws IOException {
    assertThat(derive(FUNCTIONS, code + CALL_ALL, options).names())
        .contains("getppid", "getpgrp")
        .doesNotContain("sync");
  }

  private static final List<String> NOT_KNOWN =
      List.of(
          "many(RTLD_DEFAULT, 1, ONE, argv[1], TWO, \"getpgrp\", NULL);",
          "many(RTLD_DEFAULT, 1, ONE, \"getppid\", TWO, changed[1], NULL);",
          "int (*volatile call)(void *, int, ...) = many;"
              + " call(RTLD_DEFAULT, 1, ONE, \"getppid\", NULL);",
          "many(RTLD_DEFAULT, 1, ONE, \"getppid\" + argc, NULL);",
          "char name[16]; strcpy(name, argv[1]); many(RTLD_DEFAULT, 1, ONE, name, NULL);",
          "const char *name = \"getppid\"; change(&name);"
              + " many(RTLD_DEFAULT, 1, ONE, name, TWO, \"getsid\", NULL);",
          "const char *names[3] = {\"getuid\", \"getgid\", 0}; put(names, \"getppid\", argc);"
              + " for (const char **at = names; *at; at++) kept = dlsym(RTLD_DEFAULT, *at);",
          "const char *names[2] = {\"getuid\", \"getgid\"}; names[argc & 1] = \"getppid\";"
              + " for (int i = 0; i < 2; i++) kept = dlsym(RTLD_DEFAULT, names[i]);",
          "for (int i = 0; i < 2; i++) kept = dlsym(RTLD_DEFAULT, changed[i]);",
          "kept = dlsym(RTLD_DEFAULT, fixed[argc & 1]);",
          // so many ways, with more and more words on the stack, are not kept
          "asm(\"mov $1, %%rcx; 1: push %%rcx; test %%eax, %%eax; jne 1b\" ::: \"rcx\");"
              + " kept = dlsym(RTLD_DEFAULT, fixed[argc & 1]);",
          "many(RTLD_DEFAULT, 1, ONE, \"getppid\", NULL); kept = many;",
          "kept = find; many(RTLD_DEFAULT, 1, ONE, \"getppid\", NULL);");

  static Stream<Arguments> notKnown() {
    return Cases.some(NOT_KNOWN, List.of("-O0", "-O2"));
  }

  static Stream<Arguments> allNotKnown() {
    return Cases.all(NOT_KNOWN, List.of("-O0", "-O2"));
  }

  /** All strings are names where one may be chosen, changed or computed when the program runs. */
  @ParameterizedTest
  @MethodSource("notKnown")
  void whatIsNotKnownMakesAllStringsNames(String code, String level) throws IOException {
    assertThat(derive(FUNCTIONS, code + CALL_ALL, List.of(level)).names()).contains("sync");
  }

  @ParameterizedTest
  @MethodSource("allNotKnown")
  @Tag("long")
  void whatIsNotKnownAtAnyLevelMakesAllStringsNames(String code, String level) throws IOException {
    whatIsNotKnownMakesAllStringsNames(code, level);
  }

  private static final String MORE =
      """
      APART int twice(void *from, ...) {
        va_list list;
        va_start(list, from);
        return find(from, list) + find(from, list);
      }
      APART int copied(void *from, ...) {
        va_list list, copy;
        va_start(list, from);
        va_copy(copy, list);
        return find(from, list) + find(from, copy);
      }
      """;

  private static final List<String> MIXED =
      List.of(
          "numbers(RTLD_DEFAULT, ONE, 1.0, \"getppid\", TWO, 2.0, \"getpgrp\", NULL);",
          "twice(RTLD_DEFAULT, ONE, \"getsid\", NULL, TWO, \"getppid\", ONE, \"getpgrp\", NULL);",
          "copied(RTLD_DEFAULT, ONE, \"getppid\", TWO, \"getpgrp\", NULL);");

  private static final List<String> LEVELS = List.of("-O0", "-O1", "-O2", "-O3", "-flto");

  static Stream<Arguments> mixed() {
    return Cases.some(MIXED, LEVELS);
  }

  static Stream<Arguments> allMixed() {
    return Cases.all(MIXED, LEVELS);
  }

  /** Numbers among the arguments, and what comes behind the end of a first list. */
  @ParameterizedTest
  @MethodSource("mixed")
  void noNameIsMissing(String code, String level) throws IOException {
    assertThat(derive(FUNCTIONS + MORE, code + CALL_ALL, List.of("-O1", level)).names())
        .contains("getppid", "getpgrp");
  }

  @ParameterizedTest
  @MethodSource("allMixed")
  @Tag("long")
  void noNameIsMissingAtAnyLevel(String code, String level) throws IOException {
    noNameIsMissing(code, level);
  }

  @Test
  void otherFilesPassLists() throws IOException {
    Path library = folder.resolve("library.so");
    Path source = folder.resolve("library.c");
    Files.writeString(
        source,
        """
        #include <dlfcn.h>
        #include <stdarg.h>
        #include <stddef.h>
        int many(void *from, ...) {
          va_list list;
          va_start(list, from);
          for (void **place; (place = va_arg(list, void **)) != NULL; ) {
            *place = dlsym(from, va_arg(list, const char *));
          }
          va_end(list);
          return 0;
        }
        """);
    Gcc.run("-O1", "-w", "-shared", "-fPIC", "-o", library, source);
    String functions = "void *one, *two; int many(void *from, ...);";
    String code = "many(RTLD_DEFAULT, &one, \"getppid\", &two, \"getpgrp\", NULL);";
    assertThat(derive(functions, code, List.of("-O1", library.toString())).names())
        .contains("getppid", "getpgrp")
        .doesNotContain("sync");
    String chosen = "many(RTLD_DEFAULT, &one, \"getppid\", &two, argv[1], NULL);";
    assertThat(derive(functions, chosen, List.of("-O1", library.toString())).names())
        .contains("sync");
  }
}
