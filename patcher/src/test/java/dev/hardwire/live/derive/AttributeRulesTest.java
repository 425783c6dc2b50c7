package dev.hardwire.live.derive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.Deriver;
import dev.hardwire.derive.UnknownAnswer;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What glibc does in new threads and processes only if attributes ask for it. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AttributeRulesTest {
  private static final String HEADERS =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <pthread.h>
      #include <spawn.h>
      #include <stdio.h>
      """;

  private static final String SPAWN =
      """
      extern char **environ;
      int main(int argc, char **argv) {
        posix_spawnattr_t attributes;
        posix_spawn_file_actions_t actions;
        char *words[] = {"true", NULL};
        pid_t child;
        posix_spawnattr_init(&attributes);
        posix_spawn_file_actions_init(&actions);
        %s
        printf("%%d\\n", posix_spawn(&child, "/nonexistent", &actions, &attributes, words, environ));
        return 0;
      }
      """;

  private static final String THREAD =
      """
      static void *run(void *nothing) { return nothing; }
      int main(int argc, char **argv) {
        pthread_attr_t attributes;
        pthread_t thread;
        pthread_attr_init(&attributes);
        %s
        return pthread_create(&thread, &attributes, run, NULL);
      }
      """;

  private static final List<String> SPAWN_CALLS =
      List.of(
          "setsid",
          "setpgid",
          "setresuid",
          "setresgid",
          "sched_setparam",
          "sched_setscheduler",
          "chdir",
          "fchdir",
          "close_range",
          "getpgid",
          "dup2");

  private static final List<String> THREAD_CALLS =
      List.of("sched_setscheduler", "sched_getscheduler", "sched_getparam");

  private final Deriver deriver = Derivers.SHARED;

  @TempDir private static Path headers;

  private static List<String> include;

  @TempDir private Path folder;

  @BeforeAll
  static void compileHeaders() throws IOException {
    include = Gcc.header(headers, HEADERS, "-O1", "-w");
  }

  private Path build(String template, String code, Object... options) throws IOException {
    Path source = folder.resolve("program.c");
    Files.writeString(source, template.formatted(code));
    Path program = folder.resolve("program");
    Gcc.run(include, List.of("-O1", "-w", "-o", program, source), List.of(options));
    return program;
  }

  private Derivation derive(Path program) throws IOException {
    Derivation found = deriver.derive(program, DeriveOptions.PLAIN);
    assertThat(found.unknown()).isEmpty();
    return found;
  }

  private static List<String> among(List<String> calls, Derivation found) {
    Set<String> names = found.names();
    return calls.stream().filter(names::contains).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "|",
        "posix_spawnattr_setflags(&attributes, 0xc);|",
        "posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);|setsid",
        "posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);|setpgid",
        "posix_spawnattr_setflags(&attributes, POSIX_SPAWN_RESETIDS);|setresuid setresgid",
        "posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSCHEDPARAM);|sched_setparam",
        "posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSCHEDULER);|sched_setscheduler",
        "posix_spawnattr_setflags(&attributes, argc > 1 ? POSIX_SPAWN_SETSID : 2);|setsid setpgid",
        "posix_spawn_file_actions_addchdir_np(&actions, argv[0]);|chdir",
        "posix_spawn_file_actions_addfchdir_np(&actions, argc);|fchdir",
        "posix_spawn_file_actions_addclosefrom_np(&actions, argc);|close_range",
        "posix_spawn_file_actions_addtcsetpgrp_np(&actions, argc);|getpgid",
        "posix_spawn_file_actions_adddup2(&actions, 1, 2);|dup2",
        "posix_spawn_file_actions_addopen(&actions, 1, argv[0], 0, 0);|dup2",
      })
  void processesDoWhatIsAskedFor(String code, String calls) throws IOException {
    Derivation found = derive(build(SPAWN, code == null ? "" : code));
    assertThat(among(SPAWN_CALLS, found))
        .containsExactlyInAnyOrderElementsOf(calls == null ? List.of() : List.of(calls.split(" ")));
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("spawn: "));
  }

  /** Flags that are not known may be any. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "posix_spawnattr_setflags(&attributes, argc);",
        "int (*volatile set)(posix_spawnattr_t *, short) = posix_spawnattr_setflags;"
            + " set(&attributes, 0);",
        "int (*set)() = dlsym(RTLD_DEFAULT, \"posix_spawnattr_setflags\"); set(&attributes, 0);",
      })
  void unknownFlagsMayBeAny(String code) throws IOException {
    assertThat(among(SPAWN_CALLS, derive(build(SPAWN, code))))
        .contains("setsid", "setpgid", "setresuid", "setresgid")
        .contains("sched_setparam", "sched_setscheduler");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_RESETIDS);",
        "posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | 0x30);",
        "posix_spawn_file_actions_addchdir_np(&actions, \"/\");"
            + "posix_spawn_file_actions_addclosefrom_np(&actions, 3);"
            + "posix_spawn_file_actions_adddup2(&actions, 1, 9);",
      })
  void confinedProcessesDoIt(String code) throws IOException {
    Path program = build(SPAWN, code);
    Path policy = folder.resolve("policy.yaml");
    Files.writeString(
        policy,
        DerivedPolicy.of(derive(program), "test", new UnknownAnswer.Refuse(), false).text());
    Path wired = folder.resolve("wired");
    Files.deleteIfExists(wired);
    Cli.ok("patch", "--policy", policy, "-o", wired, program);
    Outcome outcome = Programs.run(wired);
    assertThat(outcome.status()).isZero();
    assertThat(outcome.out()).isEqualTo("2\n"); // ENOENT, after all else was done
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "pthread_attr_setstacksize(&attributes, 1 << 20);"})
  void threadsInheritTheirScheduling(String code) throws IOException {
    Derivation found = derive(build(THREAD, code));
    assertThat(among(THREAD_CALLS, found)).isEmpty();
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("thread-scheduling: "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pthread_attr_setinheritsched(&attributes, argc);",
        "int (*volatile set)() = pthread_attr_setinheritsched; set(&attributes, 1);",
        "int (*set)() = dlsym(RTLD_DEFAULT, \"pthread_attr_setinheritsched\"); set(0, 1);",
      })
  void threadsWithSchedulingOfTheirOwnSetIt(String code) throws IOException {
    Derivation found = derive(build(THREAD, code));
    assertThat(among(THREAD_CALLS, found)).containsAll(THREAD_CALLS);
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("thread-scheduling: "));
  }

  /** What runs before the hook may have set attributes for later. */
  @Test
  void constructorsOfLibrariesMaySetAttributes() throws IOException {
    Path source = folder.resolve("library.c");
    Files.writeString(
        source,
        """
        #include <pthread.h>
        #include <spawn.h>
        pthread_attr_t thread;
        posix_spawnattr_t process;
        __attribute__((constructor)) static void set(void) {
          pthread_attr_setinheritsched(&thread, PTHREAD_EXPLICIT_SCHED);
          posix_spawnattr_setflags(&process, POSIX_SPAWN_SETPGROUP);
        }
        """);
    Path library = folder.resolve("libset.so");
    Gcc.run("-shared", "-fPIC", "-o", library, source);
    Object[] linked = {"-Wl,--no-as-needed", library, "-Wl,-rpath," + folder};
    assertThat(among(SPAWN_CALLS, derive(build(SPAWN, "", linked)))).containsExactly("setpgid");
    assertThat(among(THREAD_CALLS, derive(build(THREAD, "", linked)))).containsAll(THREAD_CALLS);
  }
}
