package dev.hardwire.live.patch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.Takes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hook {@code first}: what runs before main is confined, and all else is as before. */
class FirstTest {
  private static final String LINKER = "/lib64/ld-linux-x86-64.so.2";

  /** Prints what uname says in a library, an IFUNC resolver, a constructor and main. */
  private static final String PROGRAM =
      """
      #define _GNU_SOURCE
      #include <errno.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>
      #include <sys/auxv.h>
      #include <sys/syscall.h>
      #include <sys/utsname.h>
      #include <unistd.h>
      int library(void);
      static int resolved;
      static struct utsname name;
      static int five(void) { return 5; }
      static int (*choose(void))(void) {
        long result;
        __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_uname), "D"(&name) : "rcx", "r11", "memory");
        resolved = (int)result;
        return five;
      }
      int chosen(void) __attribute__((ifunc("choose")));
      static __thread int local = 42;
      static int constructed;
      __attribute__((constructor)) static void construct(void) { constructed = uname(&name) ? errno : 0; }
      int main(int argc, char **argv) {
        if (argc > 1 && strcmp(argv[1], "again") == 0) {
          char *arguments[] = {argv[0], "child", NULL};
          execv("/proc/self/exe", arguments);
          return 99;
        }
        if (argc > 1 && strcmp(argv[1], "maps") == 0) {
          char line[512];
          FILE *maps = fopen("/proc/self/maps", "r");
          while (fgets(line, sizeof line, maps)) fputs(line, stdout);
          return 0;
        }
        printf("library %d resolver %d constructor %d main %d\\n", library(), -resolved, constructed,
               uname(&name) ? errno : 0);
        printf("chosen %d local %d secure %lu base %d\\n", chosen(), local, getauxval(AT_SECURE),
               getauxval(AT_BASE) != 0);
        return argc;
      }
      """;

  private static final String LIBRARY =
      """
      #include <errno.h>
      #include <sys/utsname.h>
      static int result;
      __attribute__((constructor)) static void construct(void) {
        struct utsname name;
        result = uname(&name) ? errno : 0;
      }
      int library(void) { return result; }
      """;

  private static final String ALL_DENIED = "library 100 resolver 100 constructor 100 main 100\n";
  private static final String REST = "chosen 5 local 42 secure 0 base 1\n";

  @TempDir private static Path built;
  @TempDir private Path folder;
  private Path program;

  @BeforeAll
  static void build() throws IOException {
    Files.setPosixFilePermissions(built, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path library = Files.writeString(built.resolve("library.c"), LIBRARY);
    Programs.output("gcc", "-shared", "-fPIC", "-o", built.resolve("library.so"), library);
    Path object = built.resolve("program.o");
    Path source = Files.writeString(built.resolve("program.c"), PROGRAM);
    Programs.output("gcc", "-c", "-fPIE", "-o", object, source);
    source =
        Files.writeString(
            built.resolve("p.c"),
            PROGRAM
                .replace("ifunc(\"choose\")", "alias(\"five\")")
                .replace("static int five", "int five")
                .replace("static int (*choose", "__attribute__((unused)) static int (*choose"));
    Programs.output("gcc", "-c", "-fPIE", "-o", built.resolve("plain.o"), source);
    link(object, built.resolve("program"), "-Wl,-z,lazy");
  }

  private static void link(Path object, Path out, String... options) {
    Programs.output("gcc", List.of(options), "-o", out, object, built.resolve("library.so"));
  }

  /** Each test has a folder of its own. */
  @BeforeEach
  void copy() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    program = folder.resolve("program");
    Files.copy(built.resolve("program"), program);
  }

  private static void compile(Path out, String option) {
    link(built.resolve("program.o"), out, option, "-Wl,-z,lazy");
  }

  private Path patch(Path input, String... options) {
    Path out = folder.resolve(input.getFileName() + "-first");
    Outcome outcome = Cli.run("patch", "--hook", "first", List.of(options), "-o", out, input);
    assertThat(outcome.status()).as("%s", outcome).isZero();
    return out;
  }

  private Path denyingUname(Path input) {
    return patch(input, "--deny", "uname", "--default-action", "errno:ENETDOWN");
  }

  @Test
  void everythingIsConfined() {
    assertThat(Programs.run(program))
        .isEqualTo(new Outcome(1, "library 0 resolver 0 constructor 0 main 0\n" + REST, ""));
    Path fixed = folder.resolve("fixed");
    compile(fixed, "-no-pie");
    Path late = folder.resolve("init");
    Cli.run("patch", "--hook", "post-init", "--deny", "uname", "-o", late, program).succeeds();
    for (Path input : List.of(program, fixed)) {
      Path patched = denyingUname(input);
      assertThat(Programs.run(patched)).isEqualTo(new Outcome(1, ALL_DENIED + REST, ""));
      Outcome verified = Cli.run("verify", "--require-hook", "first", patched);
      assertThat(verified.status()).isZero();
      assertThat(verified.out()).contains("rests on the kernel's loading of the file alone");
      Cli.run("verify", "--require-hook", "init,entry", patched).fails(5, "required-hook");
      assertThat(Cli.run("inspect", patched).out())
          .contains("hook      first, goes on to " + LINKER)
          .contains("gdb       break main, run, info sharedlibrary");
    }
    Cli.run("verify", "--require-hook", "first", late).fails(5, "required-hook");
  }

  @Test
  void aPreloadedLibraryIsConfined() {
    Path patched = patch(program, "--deny", "uname");
    Map<String, String> preload = Map.of("LD_PRELOAD", built.resolve("library.so").toString());
    assertThat(Programs.run(preload, patched).status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(Programs.run(preload, patched).out()).isEmpty();
  }

  @Test
  void theDynamicLinkerCanBeExecuted() {
    Path patched = denyingUname(program);
    Outcome outcome = Programs.run(LINKER, patched, "argument");
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.out()).endsWith("main 100\n" + REST.replace("base 1", "base 0"));
    assertThat(Programs.run(Map.of("LD_TRACE_LOADED_OBJECTS", "1"), patched).out())
        .contains(built.resolve("library.so").toString(), LINKER);
  }

  @Test
  void theDynamicLinkerOfMuslCanBeExecuted() throws IOException {
    Path musl = folder.resolve("musl");
    Path source = Files.writeString(folder.resolve("m.c"), "int main(int c) { return c + 40; }");
    Programs.output("musl-gcc", "-o", musl, source);
    Path policy = folder.resolve("musl.yaml");
    Files.writeString(
        policy, "version: 1\ndefault: kill-process\nrules:\n  - allow: [\"@start-musl\"]\n");
    Path patched = patch(musl, "--policy", policy.toString());
    assertThat(Programs.run(patched).status()).isEqualTo(41);
    assertThat(Programs.run("/lib/ld-musl-x86_64.so.1", patched, "a").status()).isEqualTo(42);
  }

  @Test
  void itCanExecuteItself() {
    assertThat(Programs.run(denyingUname(program), "again"))
        .isEqualTo(new Outcome(2, ALL_DENIED + REST, ""));
  }

  @Test
  void aPrivilegedProgramStaysSecure() throws IOException {
    Path patched = denyingUname(program);
    Programs.output("chown", "nobody", patched);
    Programs.output("chmod", "4755", patched);
    Map<String, String> preload = Map.of("LD_PRELOAD", "/nowhere.so");
    Outcome outcome =
        Programs.run(
            preload,
            "setpriv",
            "--reuid",
            "1000",
            "--clear-groups",
            "env",
            "LD_PRELOAD=/no",
            patched);
    assertThat(outcome.out()).isEqualTo(ALL_DENIED + REST.replace("secure 0", "secure 1"));
  }

  @Test
  void errorsAreMessages() throws IOException {
    Path linker = folder.resolve("linker");
    byte[] whole = Files.readAllBytes(Path.of(LINKER));
    Files.write(linker, whole);
    Path own = folder.resolve("own");
    compile(own, "-Wl,--dynamic-linker=" + linker);
    Path patched = patch(own, "--deny", "ptrace"); // any linker: it is confined
    Cli.ok("verify", "--require-hook", "first", patched);
    assertThat(Programs.run(patched)).isEqualTo(Programs.run(program));
    Files.write(linker, java.util.Arrays.copyOf(whole, 100));
    stops(patched, linker + " is not one for this machine");
    byte[] damaged = whole.clone();
    damaged[64 + 16 + 6] = 1; // p_vaddr of the first program header
    Files.write(linker, damaged);
    stops(patched, linker + " is damaged");
    Files.delete(linker);
    stops(patched, linker + " cannot be opened: error 2");
    Files.createDirectory(linker);
    stops(patched, linker + " cannot be read: error 21");
  }

  /** Whether a phase begins depends on the dynamic linker, which need not be a known one. */
  @Test
  void phasesNeedAKnownDynamicLinker() throws IOException {
    Path linker = folder.resolve("linker");
    Files.write(linker, Files.readAllBytes(Path.of(LINKER)));
    Path own = withoutResolver("-Wl,--dynamic-linker=" + linker);
    Path policy = folder.resolve("phase.yaml");
    Files.writeString(
        policy,
        """
        version: 1
        default: allow
        rules: []
        phases:
          - {name: work, at: main, default: allow, rules: [{kill-process: [uname]}]}
        """);
    Path out = folder.resolve("own-first");
    List<Object> words = List.of("--hook", "first", "--policy", policy, "-o", out);
    Cli.run("patch", words, own).fails(3, "is not the dynamic linker of glibc or musl");
    Cli.ok("patch", "--interpreter", linker, words, own);
    Cli.run("verify", out).fails(5, "phases");
    Cli.ok("verify", "--interpreter", linker, out);
  }

  private static void stops(Path patched, String reason) {
    String line = "hardwire: the dynamic linker %s, so the program was not started\n";
    assertThat(Programs.run(patched)).isEqualTo(new Outcome(126, "", line.formatted(reason)));
  }

  /**
   * The distance of the program from its libraries is random, unless the kernel randomises none.
   */
  @Test
  void theDistanceToTheLibrariesIsRandom() {
    Path patched = patch(program, "--deny", "ptrace");
    Set<Long> distances = new HashSet<>();
    for (int i = 0; i < 8; i++) {
      distances.add(distance(Programs.run(patched, "maps").out()));
    }
    assertThat(distances).hasSizeGreaterThan(6);
    Set<Long> fixed = new HashSet<>();
    for (int i = 0; i < 4; i++) {
      fixed.add(distance(Programs.run("setarch", "-R", patched, "maps").out()));
    }
    assertThat(fixed).hasSize(1);
    Outcome limited = Programs.run("prlimit", "--as=200000000", patched);
    assertThat(limited).isEqualTo(Programs.run(program));
  }

  private static long distance(String maps) {
    return address(maps, "program-first") - address(maps, "ld-linux-x86-64.so.2");
  }

  private static long address(String maps, String name) {
    Matcher line =
        Pattern.compile("(?m)^([0-9a-f]+)-.*/" + Pattern.quote(name) + "$").matcher(maps);
    assertThat(line.find()).as(maps).isTrue();
    return Long.parseUnsignedLong(line.group(1), 16);
  }

  /** A program in which a phase can begin at main. */
  private Path withoutResolver(String... options) {
    Path plain = folder.resolve("plain");
    link(built.resolve("plain.o"), plain, options);
    return plain;
  }

  /** The policy applies from the first instruction on, that of the phase from main on. */
  @Test
  void aPhaseBeginsAtMain() throws IOException {
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            """
            version: 1
            name: two steps
            default: allow
            rules:
              - kill-process: [execve, execveat, ptrace]
            phases:
              - name: work
                at: main
                default: allow
                rules:
                  - errno ENETDOWN: [uname]
            """);
    Path patched = folder.resolve("phases");
    Path plain = withoutResolver();
    Cli.run("patch", "--hook", "first", "--policy", policy, "-o", patched, plain).succeeds();
    assertThat(Programs.run(patched).out())
        .isEqualTo("library 0 resolver 0 constructor 0 main 100\n" + REST);
    assertThat(Programs.run(patched, "again").status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    Outcome verified = Cli.run("verify", patched);
    verified.succeeds();
    assertThat(verified.out()).contains("; that phases begin holds for files that a linker made");
  }

  /** What a list of allowed calls needs besides the program's own. */
  @Test
  void aListOfAllowedCallsNeedsAStart() throws IOException {
    Path policy = folder.resolve("allow.yaml");
    String text = "version: 1\ndefault: kill-process\nrules:\n  - allow: [%s]\n";
    Files.writeString(policy, text.formatted("\"@start-glibc\", uname, newfstatat"));
    Path out = folder.resolve("allowed");
    Outcome patched = Cli.run("patch", "--hook", "first", "--policy", policy, "-o", out, program);
    assertThat(patched).isEqualTo(new Outcome(0, patched.out(), ""));
    assertThat(Programs.run(out)).isEqualTo(Programs.run(program));
    Files.writeString(policy, text.formatted("\"@pledge-stdio\", uname"));
    Outcome warned = Cli.run("patch", "--hook", "first", "--policy", policy, "-o", out, program);
    assertThat(warned.status()).isZero();
    assertThat(warned.err()).contains("the policy denies openat, so under the hook first");
    assertThat(Programs.run(out).status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
  }

  /** Without the folder, the program does not start; patch says so. */
  @Test
  @Takes(KernelFeature.FILES)
  void landlockHasToLetTheLoaderRead() throws IOException {
    Path policy = folder.resolve("landlock.yaml");
    String text = "version: 1\ndefault: allow\nrules: []\nlandlock: {read: [%s]}\n";
    Files.writeString(policy, text.formatted("/etc, " + built));
    Path out = folder.resolve("restricted");
    Outcome patched = Cli.run("patch", "--hook", "first", "--policy", policy, "-o", out, program);
    assertThat(patched.succeeds().err())
        .contains("landlock does not let the program read " + LINKER)
        .contains("add it and the folders of the libraries to read");
    stops(out, LINKER + " cannot be opened: error 13");
    Files.writeString(policy, text.formatted("/usr/lib, /etc/ld.so.cache, " + built));
    patched = Cli.run("patch", "--hook", "first", "--policy", policy, "-o", out, program);
    assertThat(patched.err()).doesNotContain("does not let the program read");
    assertThat(Programs.run(out)).isEqualTo(Programs.run(program));
  }

  /** The second start makes the calls of the loader under the first one's policy. */
  @Test
  void aListOfAllowedCallsNeedsASecondStart() throws IOException {
    Path fromMain = withoutResolver();
    Path policy = folder.resolve("again.yaml");
    String text =
        """
        version: 1
        default: kill-process
        rules:
          - allow: ["@start-glibc", uname, newfstatat, execve, prctl, seccomp]
        phases:
          - name: work
            at: main
            default: allow
            rules:
              - %s: [getrandom, prlimit64]
        """;
    Path out = folder.resolve("again");
    String lacks = "starts with calls that it denies: prlimit64, getrandom";
    for (String action : List.of("kill-process", "errno ENOSYS")) {
      Files.writeString(policy, text.formatted(action));
      Outcome patched =
          Cli.run("patch", "--hook", "first", "--policy", policy, "-o", out, fromMain);
      Outcome again = Programs.run(out, "again");
      if (action.startsWith("kill")) {
        assertThat(patched.succeeds().err()).contains(lacks);
        assertThat(again.status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
      } else {
        assertThat(patched.succeeds().err()).doesNotContain(lacks);
        assertThat(again).isEqualTo(Programs.run(fromMain, "again"));
      }
    }
  }

  /** What was seen of the dynamic linker is allowed at the start, and not from main on. */
  @Test
  @Takes(KernelFeature.FILES)
  void aLearnedPolicyHasTwoSteps() throws IOException {
    Path policy = folder.resolve("learned.yaml");
    Path out = folder.resolve("learned");
    Path cat = Path.of("/usr/bin/cat");
    Path file = Files.writeString(folder.resolve("text"), "text");
    Cli.run(
            "learn",
            "--exec",
            "--hook",
            "first",
            "--propose",
            "landlock",
            "-o",
            policy,
            "--",
            cat,
            file)
        .succeeds();
    String text = Files.readString(policy);
    int main = text.indexOf("at: main");
    assertThat(text.substring(0, main))
        .contains("- set_tid_address ", "\"/etc/ld.so.cache\"")
        .contains("# at main: without the calls that only code before it can make");
    assertThat(text.substring(main)).doesNotContain("set_tid_address").contains("write");
    Outcome patched = Cli.run("patch", "--hook", "first", "--policy", policy, "-o", out, cat);
    assertThat(patched.err()).doesNotContain("will not start");
    assertThat(Programs.run(out, file).succeeds().out()).isEqualTo("text");
  }

  @Test
  void patchSaysThatFirstWouldBeStronger() {
    String stronger = "note: --hook first would be stronger";
    Path out = folder.resolve("auto");
    Path plain = Path.of("/usr/bin/true");
    assertThat(Cli.run("patch", "-v", "--deny", "ptrace", "-o", out, plain).err())
        .contains(stronger);
    assertThat(Cli.run("patch", "-v", "--allow", "write", "-o", out, plain).err())
        .doesNotContain(stronger);
  }

  @Test
  void otherHooksCannotBeStackedOnIt() {
    Path patched = denyingUname(program);
    Path out = folder.resolve("stacked");
    for (String hook : List.of("init", "post-init", "first")) {
      Cli.run("patch", "--stack", "--hook", hook, "--deny", "ptrace", "-o", out, patched)
          .fails(3, "use --hook entry");
    }
    Cli.run("patch", "--stack", "--deny", "getpgid", "-o", out, patched).succeeds();
    assertThat(Programs.run(out)).isEqualTo(new Outcome(1, ALL_DENIED + REST, ""));
    Outcome verified = Cli.run("verify", "--require-hook", "first,entry", out);
    assertThat(verified.status()).isZero();
    assertThat(verified.out()).contains("rests on the kernel's loading of the file alone");
  }
}
