package dev.hardwire.live.derive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.Deriver;
import dev.hardwire.derive.SystemRoot;
import dev.hardwire.derive.UnknownAnswer;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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

/** What glibc and libcrypto do only where names have $ORIGIN, or random numbers are missing. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EnvironmentRulesTest {
  private static final DeriveOptions SAFE = new DeriveOptions(List.of(), List.of(), true);

  private static final String LOADS =
      """
      #include <dlfcn.h>
      #include <stdio.h>
      int main(int argc, char **argv) {
        void *found = dlopen(%s, RTLD_NOW);
        return found ? ((int (*)(void)) dlsym(found, "answer"))() : !!puts(dlerror());
      }
      """;

  private final Deriver deriver = Derivers.SHARED;

  /** A system with a copy of the C library, which all tests share: it is analysed once. */
  @TempDir private static Path root;

  @TempDir private Path folder;

  @BeforeAll
  static void makeRoot() throws IOException {
    Path libraries = Files.createDirectories(root.resolve("usr/lib"));
    Files.createSymbolicLink(root.resolve("lib64"), Path.of("usr/lib"));
    Programs.output(
        "cp", "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6", libraries);
  }

  private Path compile(String name, String code, Object... options) throws IOException {
    Path source = folder.resolve(name + ".c");
    Files.writeString(source, code);
    Path made = folder.resolve(name);
    List<Object> command = new ArrayList<>(List.of("-O1", "-w", "-o", made, source));
    command.add("-Wno-incompatible-pointer-types"); // an error since GCC 14, even with -w
    command.addAll(Arrays.asList(options));
    Gcc.run(command);
    return made;
  }

  private int confined(Path program, DeriveOptions options) throws IOException {
    Derivation found = deriver.derive(program, options);
    Path policy = folder.resolve("policy.yaml");
    Files.writeString(
        policy, DerivedPolicy.of(found, "test", new UnknownAnswer.Refuse(), false).text());
    Path wired = folder.resolve("wired");
    Files.deleteIfExists(wired);
    Cli.ok("patch", "--policy", policy, "-o", wired, program);
    return Programs.run(wired).status();
  }

  private DeriveOptions answering() throws IOException {
    Path library = compile("libanswer.so", "int answer(void) { return 42; }", "-shared", "-fPIC");
    return new DeriveOptions(List.of(library), List.of(), false);
  }

  /** The folder of the program is known to the dynamic linker before the hook. */
  @Test
  void thePathOfTheProgramIsNotLookedUp() throws IOException {
    Path program = compile("program", LOADS.formatted("\"libanswer.so\""), "-Wl,-rpath,$ORIGIN");
    Derivation found = deriver.derive(program, DeriveOptions.PLAIN);
    assertThat(found.names()).contains("openat").doesNotContain("readlinkat");
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("origin: "));
    assertThat(confined(program, answering())).isEqualTo(42);
    assertThat(deriver.derive(program, SAFE).names()).contains("readlinkat");
  }

  @ParameterizedTest
  @ValueSource(strings = {"$ORIGIN/libanswer.so", "/${ORIGIN}/libanswer.so"})
  void itIsLookedUpWhereAFileHasTheText(String name) throws IOException {
    Path program = compile("program", LOADS.formatted("\"" + name + "\""));
    Derivation found = deriver.derive(program, DeriveOptions.PLAIN);
    assertThat(found.names()).contains("readlinkat");
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("origin: "));
    assertThat(confined(program, answering())).isEqualTo(42);
  }

  /** The text may be in a library. */
  @Test
  void itIsLookedUpWhereALibraryHasTheText() throws IOException {
    String code = "const char *name(void) { return \"$ORIGIN/libanswer.so\"; }";
    Path library = compile("libname.so", code, "-shared", "-fPIC");
    String program = "const char *name(void);\n" + LOADS.formatted("name()");
    Path made = compile("program", program, library, "-Wl,-rpath," + folder);
    assertThat(confined(made, answering())).isEqualTo(42);
  }

  /** A program that another one executes has the filter while its libraries are searched. */
  @Test
  void executedProgramsMayBeginWithTheirOwnPath() throws IOException {
    Path program = compile("program", LOADS.formatted("argv[1]"), "-Wl,-rpath,$ORIGIN");
    DeriveOptions options = new DeriveOptions(List.of(), List.of(program), false);
    assertThat(deriver.derive(program, options).names()).contains("readlinkat");
  }

  private Derivation without(Path program, String... rules) throws IOException {
    return deriver.derive(program, DeriveOptions.PLAIN.withoutRules(Set.of(rules)));
  }

  /** How a call is reached. */
  private static String way(Derivation found, String call) {
    return String.join(" > ", found.explain(call).orElseThrow().chain());
  }

  /** Large pages and names of memory are asked for by GLIBC_TUNABLES only. */
  @Test
  void tunablesAreNotSet() throws IOException {
    Path program =
        compile(
            "program",
            """
            #include <stdio.h>
            #include <stdlib.h>
            int main(int c) { char *p = malloc(c); puts(p); free(p); }
            """);
    Derivation found = deriver.derive(program, DeriveOptions.PLAIN);
    assertThat(found.names()).doesNotContain("prctl").contains("mmap", "madvise");
    assertThat(way(found, "pread64")).doesNotContain("__pread64_nocancel"); // of the C library
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("tunables: "));
    for (Derivation all : List.of(without(program, "tunables"), deriver.derive(program, SAFE))) {
      assertThat(all.names()).contains("prctl");
      assertThat(all.rules()).noneMatch(rule -> rule.startsWith("tunables: "));
    }
    assertThat(confined(program, DeriveOptions.PLAIN)).isZero();
  }

  /** A program that sets them for itself, or its own prctl(2), is not affected. */
  @Test
  void otherCallsOfPrctlCount() throws IOException {
    Path program =
        compile("program", "#include <sys/prctl.h>\nint main() { return prctl(0x53564d41, 0); }");
    assertThat(deriver.derive(program, DeriveOptions.PLAIN).names()).contains("prctl");
  }

  /** Character sets are found by a table; without it, glibc reads directories. */
  @Test
  void characterSetsAreInTheTable() throws IOException {
    Path program =
        compile(
            "program",
            """
            #include <iconv.h>
            int main() { return iconv_open("UTF-8", "ISO-8859-2") == (iconv_t) -1; }
            """);
    Derivation found = deriver.derive(program, DeriveOptions.PLAIN);
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("gconv: "));
    assertThat(confined(program, DeriveOptions.PLAIN)).isZero();
    Derivation all = without(program, "gconv");
    assertThat(all.rules()).noneMatch(rule -> rule.startsWith("gconv: "));
    Path sets = Files.createDirectories(root.resolve("usr/lib/x86_64-linux-gnu/gconv"));
    DeriveOptions other = inRoot(program);
    Path inside = Path.of("/usr/lib/program");
    assertThat(deriver.derive(inside, other).rules()).noneMatch(rule -> rule.startsWith("gconv: "));
    Files.createFile(sets.resolve("gconv-modules.cache"));
    assertThat(deriver.derive(inside, other).rules()).anyMatch(rule -> rule.startsWith("gconv: "));
    Programs.output("rm", "-r", sets);
  }

  private static final String LOOKS_UP =
      """
      #include <pwd.h>
      #include <sys/socket.h>
      #include <poll.h>
      int main(int argc, char **argv) {
        int found = getpwuid(0) != 0 && getpwnam("root") != 0;
        return argc > 9 ? %s : !found;
      }
      """;

  private static final String[] TALKING = {"sendto", "recvmsg", "readv", "poll"};

  private DeriveOptions inRoot(Path program) throws IOException {
    Programs.output("cp", program, root.resolve("usr/lib"));
    return new DeriveOptions(List.of(), List.of(), false, SystemRoot.of(root));
  }

  /** A system without nscd(8) has nothing to talk to; what the program itself sends counts. */
  @Test
  void noDaemonIsAskedForNamesWhereThereIsNone() throws IOException {
    Path program = compile("program", LOOKS_UP.formatted("0"));
    DeriveOptions options = inRoot(program);
    Path inside = Path.of("/usr/lib/program");
    Derivation found = deriver.derive(inside, options);
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("nscd: "));
    assertThat(found.names()).contains("socket", "connect").doesNotContain(TALKING);
    Derivation all = deriver.derive(inside, options.withoutRules(Set.of("nscd")));
    assertThat(all.names()).contains("sendto", "recvmsg", "poll");
    for (String code : List.of("send(0, argv, 1, 0)", "recvmsg(0, argv, 0)", "poll(argv, 1, 1)")) {
      Path talks = compile("program", LOOKS_UP.formatted(code));
      Programs.output("cp", talks, root.resolve("usr/lib"));
      assertThat(deriver.derive(inside, options).names()).containsAnyOf(TALKING);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"usr/sbin/nscd", "run/nscd/socket"})
  void daemonsAreAskedForNames(String path) throws IOException {
    asksDaemon(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"usr/bin/nsncd", "etc/nscd.conf"})
  @Tag("long")
  void otherDaemonsAreAskedForNames(String path) throws IOException {
    asksDaemon(path);
  }

  private void asksDaemon(String path) throws IOException {
    Path program = compile("program", LOOKS_UP.formatted("0"));
    DeriveOptions options = inRoot(program);
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.createFile(file);
    Derivation found = deriver.derive(Path.of("/usr/lib/program"), options);
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("nscd: "));
    assertThat(found.names()).contains("sendto", "recvmsg", "poll");
    Files.delete(file);
  }

  /** The socket is looked for under the policy. */
  @Test
  void namesAreFoundWithoutADaemon() throws IOException {
    Path program = compile("program", LOOKS_UP.formatted("0"));
    assertThat(confined(program, DeriveOptions.PLAIN)).isZero();
  }

  /** As OpenSSL has them: what waits, and what calls that. */
  private static final String WAITS =
      """
      #define _GNU_SOURCE
      #include <sys/shm.h>
      #include <sys/utsname.h>
      #include <unistd.h>
      #define APART __attribute__((noinline, noclone))
      APART int OPENSSL_atexit(void (*run)(void)) { return run != 0; }
      static void *shared;
      static void leave(void) { shmdt(shared); }
      %s APART int waits(void) {
        struct utsname name;
        int id = shmget(114, 1, 0);
        if (id == -1 && uname(&name)) return 0;
        shared = shmat(id, 0, SHM_RDONLY);
        OPENSSL_atexit(leave);
        return shared != (void *) -1 %s;
      }
      int RAND_poll(void) { char seed[32]; return %s; }
      %s
      """;

  private Derivation seeding(String prefix, String more, String asks, String others, boolean safe)
      throws IOException {
    String code = WAITS.formatted(prefix, more, asks, others);
    Path library = compile("libmine.so", code, "-shared", "-fPIC");
    String main = "int RAND_poll(void); int main(void) { return RAND_poll(); }";
    Path program = compile("program", main, library, "-Wl,-rpath," + folder);
    return deriver.derive(program, safe ? SAFE : DeriveOptions.PLAIN);
  }

  private static final String ASKS = "getentropy(seed, 32) ? waits() : 1";

  @Test
  void libcryptoDoesNotWaitForOtherRandomNumbers() throws IOException {
    Derivation found = seeding("static", "", ASKS, "", false);
    assertThat(found.names()).contains("getrandom").doesNotContain("shmget", "shmat", "shmdt");
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("seed: "));
    assertThat(seeding("static", "", ASKS, "", true).names()).contains("shmget", "shmdt");
  }

  /** A table of numbers of 32 bits, from which the function is found. */
  private static final String DISTANCES =
      "extern const int table[2] __attribute__((visibility(\"hidden\")));"
          + " asm(\".section .rodata; .balign 4; table: .long 0, waits - table; .text\");"
          + " int further(int i) { return ((int (*)(void)) ((char *) table + table[i]))(); }";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|''|" + ASKS + "|''",
        "static|''|waits()|''",
        "static|''|" + ASKS + "|int further(void) { return waits(); }",
        "static|''|" + ASKS + "|int (*table[])(void) = {waits};",
        "static|''|" + ASKS + "|int (*find(void))(void) { return waits; }",
        "static|''|" + ASKS + "|" + DISTANCES,
        "static|&& !getentropy(&name, 8)|" + ASKS + "|''",
      })
  void functionsThatMayRunAnywayDoSo(String prefix, String more, String asks, String others)
      throws IOException {
    Derivation found = seeding(prefix, more, asks, others, false);
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("seed: "));
    assertThat(found.names()).contains("shmget", "shmat", "shmdt");
  }
}
