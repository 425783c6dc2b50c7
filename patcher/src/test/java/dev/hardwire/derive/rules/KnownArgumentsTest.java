package dev.hardwire.derive.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
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

/** What glibc does only for some arguments, or for programs that use certain functions. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KnownArgumentsTest {
  private static final String HEADERS =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <fcntl.h>
      #include <glob.h>
      #include <pthread.h>
      #include <sched.h>
      #include <signal.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <sys/stat.h>
      #include <sys/sysinfo.h>
      #include <time.h>
      #include <unistd.h>
      """;

  private static final String PROGRAM =
      """
      static void *run(void *nothing) { return nothing; }
      __attribute__((noinline)) static long ask(int what) { return sysconf(what) + 1; }
      __attribute__((noinline)) static long stack(void) {
        pthread_attr_t a;
        size_t size;
        pthread_getattr_np(pthread_self(), &a);
        pthread_attr_getstacksize(&a, &size);
        return size;
      }
      __attribute__((noinline)) static void fill(pthread_attr_t *a) {
        pthread_getattr_np(pthread_self(), a);
      }
      __attribute__((noinline)) static void start(pthread_t *t, pthread_attr_t *a) {
        pthread_create(t, a, run, NULL);
      }
      pthread_attr_t all;
      pthread_t thread;
      int main(int argc, char **argv) {
        %s
        return 0;
      }
      """;

  private static final List<String> CALLS =
      List.of(
          "sysinfo",
          "prlimit64",
          "getuid",
          "geteuid",
          "statfs",
          "exit",
          "sched_setaffinity",
          "socket");

  private final Deriver deriver = Derivers.SHARED;

  @TempDir private static Path headers;

  private static List<String> include;

  @TempDir private Path folder;

  @BeforeAll
  static void compileHeaders() throws IOException {
    include = Gcc.header(headers, HEADERS, "-O1", "-w");
  }

  private Derivation derive(String code, Object... options) throws IOException {
    Path source = folder.resolve("program.c");
    Files.writeString(source, PROGRAM.formatted(code));
    Path program = folder.resolve("program");
    Gcc.run(
        include,
        List.of("-O1", "-w", "-o", program, source),
        "-Wno-incompatible-pointer-types", // an error since GCC 14, even with -w
        List.of(options));
    Derivation found = deriver.derive(program, DeriveOptions.PLAIN);
    assertThat(found.unknown()).isEmpty();
    return found;
  }

  private static List<String> among(Derivation found) {
    Set<String> names = found.names();
    return CALLS.stream().filter(names::contains).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "|",
        "return sysconf(_SC_PHYS_PAGES);|sysinfo",
        "return sysconf(argc > 1 ? _SC_AVPHYS_PAGES : _SC_CHILD_MAX);|sysinfo prlimit64",
        "return ask(_SC_PAGESIZE);|",
        "return ask(_SC_PAGESIZE) + ask(_SC_PHYS_PAGES);|sysinfo",
        "return faccessat(AT_FDCWD, argv[0], argc, 0);|",
        "return faccessat(AT_FDCWD, argv[0], F_OK, AT_EACCESS);|",
        "return faccessat(AT_FDCWD, argv[0], R_OK, AT_EACCESS);|geteuid",
        "return faccessat(AT_FDCWD, argv[0], R_OK, AT_SYMLINK_NOFOLLOW);|getuid",
        "return pathconf(argv[0], _PC_LINK_MAX);|statfs",
      })
  void functionsDoWhatConstantsAskFor(String code, String calls) throws IOException {
    doesWhatIsAskedFor(code, calls);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "return sysconf(_SC_PAGESIZE);|",
        "return sysconf(_SC_OPEN_MAX);|prlimit64",
        "return faccessat(AT_FDCWD, argv[0], R_OK, 0);|",
        "return pathconf(argv[0], _PC_PIPE_BUF);|",
      })
  @Tag("long")
  void functionsDoWhatMoreConstantsAskFor(String code, String calls) throws IOException {
    doesWhatIsAskedFor(code, calls);
  }

  private void doesWhatIsAskedFor(String code, String calls) throws IOException {
    Derivation found = derive(code == null ? "" : code);
    assertThat(among(found))
        .containsExactlyInAnyOrderElementsOf(calls == null ? List.of() : List.of(calls.split(" ")));
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("arguments: ") == (code != null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "return sysconf(argc);",
        "return ask(argc);",
        "long (*volatile get)(int) = sysconf; return get(_SC_PAGESIZE);",
        "long (*get)() = dlsym(RTLD_DEFAULT, \"sysconf\"); return get(_SC_PAGESIZE);",
      })
  void argumentsThatAreNotKnownAskForAll(String code) throws IOException {
    Derivation found = derive(code);
    assertThat(among(found)).contains("sysinfo", "prlimit64");
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("arguments: "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "return faccessat(AT_FDCWD, argv[0], R_OK, AT_EACCESS);|geteuid",
        "return faccessat(AT_FDCWD, argv[0], F_OK, argc);|",
        "int (*volatile ask)() = faccessat; return ask(0, argv[0], F_OK, 0);|getuid geteuid",
      })
  void programsWithoutNamesDoWhatConstantsAskFor(String code, String calls) throws IOException {
    asksForUsers(code, calls);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "return faccessat(AT_FDCWD, argv[0], F_OK, AT_EACCESS);|",
        "return faccessat(AT_FDCWD, argv[0], argc, argc);|getuid geteuid",
      })
  @Tag("long")
  void programsWithoutNamesDoWhatMoreConstantsAskFor(String code, String calls) throws IOException {
    asksForUsers(code, calls);
  }

  private void asksForUsers(String code, String calls) throws IOException {
    Derivation found = derive(code, "-static");
    assertThat(found.names().contains("getuid")).isEqualTo(calls != null && calls.contains("uid "));
    assertThat(found.names().contains("geteuid")).isEqualTo(calls != null);
  }

  @Test
  void threadsDoNotSetUpWhatNothingAskedFor() throws IOException {
    Derivation found = derive("return pthread_create(&thread, NULL, run, NULL);");
    assertThat(among(found)).containsExactly("exit"); // which ends the new thread
    assertThat(found.rules())
        .anyMatch(rule -> rule.startsWith("thread-affinity: "))
        .anyMatch(rule -> rule.startsWith("rpc: "))
        .anyMatch(rule -> rule.startsWith("main-thread: "));
  }

  private static final String FILE = "char name[] = \"/tmp/aXXXXXX\"; mkstemp(name);";

  @Test
  void temporaryFilesAreNoDirectories() throws IOException {
    Derivation found = derive(FILE);
    assertThat(found.names()).contains("openat").doesNotContain("mkdir");
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("temporary: "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mkdtemp(name);",
        "char *(*volatile make)(char *) = mkdtemp; make(name);",
        "((char *(*)()) dlsym(RTLD_DEFAULT, \"mkdtemp\"))(name);",
        "mkdir(name, 0700);",
      })
  void directoriesAreMadeWhereSomethingAsksForThem(String code) throws IOException {
    assertThat(derive(FILE + code).names()).contains("mkdir");
  }

  private static final String RUNS = "return system(argv[0]) + !popen(argv[0], argv[0]);";

  @Test
  void newProcessesDoNotEndByReturning() throws IOException {
    Derivation found = derive(RUNS);
    assertThat(found.names()).contains("clone3", "clone", "exit_group").doesNotContain("exit");
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("child: "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pthread_create(&thread, NULL, run, NULL);",
        "clone((int (*)(void *)) run, argv, SIGCHLD, NULL);",
        "int (*volatile start)() = (void *) clone; start(run, argv, SIGCHLD, NULL);",
        "((int (*)()) dlsym(RTLD_DEFAULT, \"clone\"))(run, argv, SIGCHLD, NULL);",
      })
  void whatMayReturnInANewProcessEndsIt(String code) throws IOException {
    Derivation found = derive(code + RUNS);
    assertThat(found.names()).contains("exit");
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("child: "));
  }

  @Test
  void processorsAreNotCountedForASecondArena() throws IOException {
    Derivation found = derive("return malloc(argc) == realloc(argv, argc);" + RUNS);
    assertThat(found.names()).contains("mremap").doesNotContain("sched_getaffinity");
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("arenas: "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pthread_create(&thread, NULL, run, NULL);",
        "timer_t t; timer_create(CLOCK_REALTIME, argv, &t);",
        "clone((int (*)(void *)) run, argv, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, NULL);",
        "int (*volatile start)() = (void *) clone; start(run, argv, CLONE_VM, NULL);",
        "((int (*)()) dlsym(RTLD_DEFAULT, \"pthread_create\"))(&thread, NULL, run, NULL);",
      })
  void threadsMayHaveMoreArenas(String code) throws IOException {
    Derivation found = derive(code + "return malloc(argc) == 0;");
    assertThat(found.names()).contains("sched_getaffinity");
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("arenas: "));
  }

  @Test
  void whatCountsProcessorsItselfDoesSo() throws IOException {
    Derivation found = derive("return get_nprocs() + (malloc(argc) == 0);");
    assertThat(found.names()).contains("sched_getaffinity");
  }

  private static final String GLOB =
      "glob_t found; glob(\"a*\", GLOB_MARK, 0, &found); glob(\"b*\", %s, 0, &found);";

  @Test
  void homeDirectoriesAreNotLookedUp() throws IOException {
    Derivation found = derive(GLOB.formatted("GLOB_BRACE | GLOB_NOCHECK"));
    assertThat(found.names()).contains("getdents64").doesNotContain("alarm", "socket");
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("tilde: "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GLOB_TILDE",
        "argc > 1 ? GLOB_TILDE : 0",
        "0, 0, &found); ((int (*)()) dlsym(RTLD_DEFAULT, \"glob\"))(\"~\", 1, 0, &found",
        "0, 0, &found); int (*volatile looks)() = glob; looks(\"~\", 1, 0, &found",
      })
  void homeDirectoriesAreLookedUpWhereFlagsAskForThem(String flags) throws IOException {
    looksUpHomeDirectories(flags);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GLOB_BRACE | GLOB_TILDE_CHECK", "argc"})
  @Tag("long")
  void homeDirectoriesAreLookedUpWhereOtherFlagsAskForThem(String flags) throws IOException {
    looksUpHomeDirectories(flags);
  }

  private void looksUpHomeDirectories(String flags) throws IOException {
    Derivation found = derive(GLOB.formatted(flags));
    assertThat(found.names()).contains("alarm", "socket");
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("tilde: "));
  }

  private static final String CREATE = "pthread_create(&thread, &all, run, NULL);";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pthread_create(&thread, NULL, run, NULL);",
        "pthread_attr_t a; pthread_attr_init(&a); pthread_create(&thread, &a, run, NULL);",
        "pthread_attr_init(&all);" + CREATE,
      })
  void attributesOfRunningThreadsAreNotThoseOfNewOnes(String code) throws IOException {
    Derivation found = derive(code + "return stack();");
    assertThat(found.names()).contains("sched_getaffinity").doesNotContain("sched_setaffinity");
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("thread-affinity: "));
  }

  private static final String[] SCHEDULING = {
    "sched_getparam", "sched_getscheduler", "sched_setscheduler", "sched_setaffinity"
  };

  private static final String CREATE_AND_LOCK =
      "pthread_create(&thread, NULL, run, NULL); stack(); pthread_mutex_lock(argv);";

  /** What is not in a program with all of its functions and their names cannot be asked for. */
  @Test
  void threadsOfStaticProgramsDoNotSetUpWhatNothingAskedFor() throws IOException {
    Derivation found = derive(CREATE_AND_LOCK, "-static");
    assertThat(found.names()).doesNotContain(SCHEDULING).doesNotContain("sched_get_priority_max");
    assertThat(found.names()).contains("clone3", "sched_getaffinity", "exit", "futex");
    assertThat(found.rules())
        .anyMatch(rule -> rule.startsWith("priority-mutex: "))
        .anyMatch(rule -> rule.startsWith("thread-affinity: "))
        .anyMatch(rule -> rule.startsWith("thread-scheduling: "));
    assertThat(
            deriver
                .derive(
                    folder.resolve("program"),
                    DeriveOptions.PLAIN.withoutRules(Set.of("priority-mutex")))
                .names())
        .contains("sched_get_priority_max");
    assertThat(derive(CREATE_AND_LOCK, "-static", "-s").names())
        .contains(SCHEDULING)
        .contains("sched_get_priority_max");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pthread_attr_t a; pthread_attr_setinheritsched(&a, argc);|sched_setscheduler",
        "pthread_mutexattr_setprotocol(argv, argc);|sched_get_priority_max",
        "int (*volatile set)() = pthread_attr_setaffinity_np; set(&all);|sched_setaffinity",
      })
  void threadsOfStaticProgramsSetUpWhatWasAskedFor(String code, String call) throws IOException {
    setUp(code, call);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fill(&all);|sched_setaffinity",
        "pthread_attr_setinheritsched(&all, argc);|sched_getparam",
        "pthread_mutex_setprioceiling(argv, argc, argv);|sched_get_priority_max",
        "cpu_set_t s; pthread_attr_setaffinity_np(&all, sizeof s, &s);|sched_setaffinity",
        "pthread_setattr_default_np(&all);|sched_setaffinity",
      })
  @Tag("long")
  void threadsOfStaticProgramsSetUpWhatElseWasAskedFor(String code, String call)
      throws IOException {
    setUp(code, call);
  }

  private void setUp(String code, String call) throws IOException {
    String creates = code + CREATE + CREATE_AND_LOCK;
    assertThat(derive(creates, "-static").names()).contains(call);
  }

  private static final String START = "pthread_create(&thread, &a, run, NULL);";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cpu_set_t s; pthread_attr_t a; pthread_attr_setaffinity_np(&a, sizeof s, &s);" + START,
        "pthread_attr_t a; pthread_getattr_np(pthread_self(), &a); start(&thread, &a);",
        "fill(&all); pthread_create(&thread, &all, run, NULL);",
        "stack(); pthread_setattr_default_np(argv); pthread_create(&thread, NULL, run, NULL);",
        "int (*volatile get)() = pthread_getattr_np; get(0, &all); stack();" + CREATE,
      })
  void threadsHaveTheProcessorsThatWereAskedFor(String code) throws IOException {
    setsProcessors(code);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pthread_attr_t a; pthread_getattr_np(pthread_self(), &a);" + START,
        "pthread_attr_t a; fill(&a);" + START,
        "pthread_attr_t a; int (*volatile set)() = pthread_attr_setaffinity_np; set(&a);" + START,
      })
  @Tag("long")
  void threadsHaveTheProcessorsThatWereAskedForOtherwise(String code) throws IOException {
    setsProcessors(code);
  }

  private void setsProcessors(String code) throws IOException {
    Derivation found = derive(code);
    assertThat(among(found)).contains("sched_setaffinity");
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("thread-affinity: "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pthread_exit(NULL);",
        "pthread_cancel(thread);",
        "void (*end)() = dlsym(RTLD_DEFAULT, \"pthread_exit\"); end(0);",
      })
  void theMainThreadMayEndFirst(String code) throws IOException {
    Derivation found = derive(code);
    assertThat(among(found)).contains("exit");
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("main-thread: "));
  }

  @Test
  void servicesOfRpcAreUnregistered() throws IOException {
    String code =
        """
        int (*reg)() = dlsym(RTLD_DEFAULT, "svc_register"); reg(0, 1, 1, 0, 0);
        return pthread_create(&thread, NULL, run, NULL);
        """;
    Derivation found = derive(code);
    assertThat(among(found)).contains("socket");
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("rpc: "));
  }

  /** What runs before the hook may have asked for something that happens later. */
  @Test
  void constructorsOfLibrariesMayAsk() throws IOException {
    Path source = folder.resolve("library.c");
    Files.writeString(
        source,
        """
        #define _GNU_SOURCE
        #include <pthread.h>
        #include <sched.h>
        #include <unistd.h>
        pthread_attr_t thread;
        cpu_set_t set;
        long pages;
        __attribute__((constructor)) static void ask(void) {
          pthread_attr_setaffinity_np(&thread, sizeof set, &set);
          pages = sysconf(_SC_PHYS_PAGES);
        }
        """);
    Path library = folder.resolve("libask.so");
    Gcc.run("-shared", "-fPIC", "-o", library, source);
    Object[] linked = {"-Wl,--no-as-needed", library, "-Wl,-rpath," + folder};
    Derivation found =
        derive("pthread_create(&thread, 0, run, 0); return sysconf(_SC_PAGESIZE);", linked);
    assertThat(among(found)).containsExactlyInAnyOrder("sched_setaffinity", "exit");
  }
}
