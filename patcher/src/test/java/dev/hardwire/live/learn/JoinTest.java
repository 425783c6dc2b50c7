package dev.hardwire.live.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was seen is joined with what the program can reach. */
class JoinTest {
  @TempDir private Path folder;
  private Path policy;
  private Path trace;

  @BeforeEach
  void choosePaths() {
    policy = folder.resolve("policy.yaml");
    trace = folder.resolve("trace");
  }

  private static Outcome learn(Object... words) {
    return CommandLoop.shared().run(words);
  }

  /** Patches a program with the learned policy. */
  private Path wired(String program) {
    Path wired = folder.resolve(Path.of(program).getFileName() + "-wired");
    Cli.run("patch", "--policy", policy, "-o", wired, program).succeeds();
    return wired;
  }

  @Test
  void aCopyLearnedIntoAFileWritesToAPipe() throws IOException {
    learn("learn", "--exec", "-o", policy, "--", "cat", "/etc/passwd").succeeds();
    assertThat(Files.readString(policy))
        .contains("- copy_file_range", "not seen; reachable: ")
        .doesNotContainPattern("- execve ");
    Path wired = wired("/bin/cat");
    Outcome again = Programs.run("sh", "-c", "'%s' /etc/passwd | cat".formatted(wired));
    again.succeeds();
    assertThat(again.out()).isEqualTo(Files.readString(Path.of("/etc/passwd")));
    String names = "GLIBC_TUNABLES=glibc.mem.decorate_maps=1"; // of memory, by prctl
    Programs.run("env", names, wired, "/etc/passwd").succeeds();
  }

  @Test
  void aServiceThatGoesToTheBackgroundIsEndedBySigterm() throws Exception {
    Path err = folder.resolve("err");
    Process learns =
        Cli.process()
            .start(
                folder.resolve("out"),
                err,
                List.of("learn", "--exec", "--no-derive", "-o", policy),
                List.of("--", "sh", "-c", "sleep 99 &"));
    String message = "sh has ended, but processes that it started have not";
    while (learns.isAlive() && !Files.readString(err).contains(message)) {
      Thread.sleep(20);
    }
    learns.destroy();
    assertThat(learns.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(learns.exitValue()).isEqualTo(128 + 15);
    assertThat(err).content().contains(message);
    assertThat(policy).exists();
  }

  /** A session can be long, and cannot always be repeated. */
  @Test
  void nothingIsRunIfThePolicyCannotBeWritten() {
    Path marker = folder.resolve("marker");
    Path missing = folder.resolve("missing");
    learn("learn", "--exec", "-o", missing.resolve("policy.yaml"), "--", "touch", marker)
        .fails(6, "the directory " + missing + " does not exist");
    learn("learn", "--exec", "-o", folder, "--", "touch", marker)
        .fails(6, folder + ": is a directory");
    learn("learn", "--exec", "-o", "/dev/null", "--", "touch", marker)
        .fails(6, "/dev/null: is not a regular file");
    learn("why", "-o", missing.resolve("report"), "--deny", "uname", "--", "touch", marker)
        .fails(6, "the directory " + missing + " does not exist");
    assertThat(marker).doesNotExist();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aProgramForAnotherMachineIsRefused() throws IOException {
    byte[] program = Files.readAllBytes(Path.of("/usr/bin/true"));
    program[18] = (byte) 183; // e_machine: aarch64
    Path foreign = Files.write(folder.resolve("foreign"), program);
    Programs.run("chmod", "+x", foreign).succeeds();
    learn("learn", "--exec", "-o", policy, "--", foreign)
        .fails(3, "a program for aarch64, on x86_64");
    assertThat(policy).doesNotExist();
  }

  /** What an extension needs that was not loaded, which lies beside one that was. */
  @Test
  void extensionsThatWereNotLoadedCount() throws IOException {
    Path extensions = Files.createDirectory(folder.resolve("extensions"));
    extension(extensions.resolve("one.so"), "getppid()");
    extension(extensions.resolve("two.so"), "msync(0, 0, 0) + chroot(0)");
    extension(extensions.resolve("libother.so"), "reboot(0)");
    Path source =
        Files.writeString(
            folder.resolve("loads.c"),
            """
            #include <dlfcn.h>
            int main(int count, char **words) {
              void *file = dlopen(words[1], RTLD_NOW);
              return file ? ((int (*)(void)) dlsym(file, "work"))() == 0 : 2;
            }
            """);
    Path loads = folder.resolve("loads");
    Programs.output("gcc", "-o", loads, source);
    for (String hook : List.of("init", "first")) {
      learn(
              "learn",
              "--exec",
              "--hook",
              hook,
              "-o",
              policy,
              "--",
              loads,
              extensions.resolve("one.so"))
          .succeeds();
      assertThat(Files.readString(policy))
          .containsPattern(
              "- msync +# not seen; reachable: .*, by an extension that was not loaded")
          .containsPattern("#   chroot: reachable: .*, by an extension that was not loaded")
          .contains("#   " + extensions.resolve("one.so") + " ")
          .doesNotContain("reboot");
    }
  }

  private void extension(Path file, String work) throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("extension.c"),
            "#include <sys/mman.h>\n#include <sys/reboot.h>\n#include <unistd.h>\n"
                + "int work(void) { return "
                + work
                + "; }\n");
    Programs.output("gcc", "-w", "-shared", "-fPIC", "-o", file, source);
  }

  @Test
  void whatGivesPowerIsNamedAndNotAllowed() throws IOException {
    Outcome learned = learn("learn", "--exec", "-o", policy, "--", "date", "-u", "-d", "@0");
    learned.succeeds();
    assertThat(learned.err())
        .contains(
            "not seen, but reachable, and not allowed, since it gives power: clock_settime,"
                + " settimeofday\n",
            "not seen, but reachable, and allowed only in part: fcntl, ioctl, m");
    String text = Files.readString(policy);
    assertThat(text)
        .contains(
            "#   clock_settime: reachable: libc.so.6 clock_settime\n",
            "#   mprotect: only memory that is not executed; reachable: libc.so.6 ",
            "/usr/bin/date build-id:")
        .doesNotContain("- clock_settime");
    Path date = wired("/bin/date");
    assertThat(Programs.run(date, "--help").status()).isZero();
    Programs.run(date, "-s", "@0").endsWith(Programs.KILLED_BY_SIGSYS);
  }

  @Test
  void whatIsAllowedInPartIsNamedWithTheParts() throws IOException {
    Files.writeString(trace, "getpid() = 1\n");
    String json =
        learn("learn", "--incomplete", "--program", "/bin/date", "--json", "-o", policy, trace)
            .succeeds()
            .out();
    assertThat(json).contains("\"openat: only for reading\"", "\"clock_settime\"");
    assertThat(Files.readString(policy)).contains("#   openat: only for reading; reachable: ");
  }

  @Test
  void aCallThatCannotBeReachedIsNamed() throws IOException {
    Files.writeString(trace, "write(1, \"\", 0) = 0\nkexec_load(0, 0, NULL, 0) = 0\n");
    Outcome refused = learn("learn", "--program", "/bin/true", "-o", policy, trace);
    assertThat(refused.status()).isEqualTo(6);
    assertThat(refused.err())
        .contains(
            "/bin/true: seen, but no code that was analysed makes it: kexec_load (first at ",
            "--with-library",
            "--with-program",
            "--no-derive");
    assertThat(policy).doesNotExist();
    Cli.run("learn", "--no-derive", "-o", policy, trace).succeeds();
  }

  /** Libraries that are loaded when the program runs, by a pattern as in {@code derive}. */
  @Test
  void librariesMayBeAPattern() throws IOException {
    Files.writeString(trace, "write(1, \"\", 0) = 0\n");
    Path source = folder.resolve("plugin.c");
    Files.writeString(source, "#include <unistd.h>\nvoid plugin(void) { sync(); }\n");
    Programs.output("gcc", "-shared", "-fPIC", "-o", folder.resolve("plug1.so"), source);
    String pattern = folder + "/plug?.so";
    assertThat(
            learn("learn", "--program", "/bin/true", "--with-library", pattern, "-o", "-", trace)
                .succeeds()
                .out())
        .contains("/plug1.so ", "sync");
    Cli.run("learn", "--program", "/bin/true", "--with-library", folder + "/none*.so", trace)
        .fails(2, "--with-library: nothing matches");
  }

  @Test
  void aPolicyCanBeTheLimit() throws IOException {
    Path limit = folder.resolve("limit.yaml");
    Files.writeString(
        limit, "version: 1\nname: l\ndefault: kill-process\nrules:\n  - allow: [write, poll]\n");
    Files.writeString(trace, "write(1, \"\", 0) = 0\n");
    assertThat(Cli.run("learn", "--within", limit, trace).out())
        .contains("- poll ", "not seen; within " + limit, "- exit_group")
        .doesNotContain("getpid");
    Files.writeString(trace, "getppid() = 1\n");
    assertThat(Cli.run("learn", "--within", limit, trace).err()).contains("getppid (first at ");
  }

  @Test
  void withoutCodeAndCompanionsOnlyWhatWasSeenIsAllowed() {
    Outcome learned =
        learn("learn", "--exec", "--no-derive", "--no-companions", "-o", "-", "--", "true");
    learned.succeeds();
    assertThat(learned.out()).contains("- exit_group # 1 time").doesNotContain("not seen");
    Outcome companions = learn("learn", "--exec", "--no-derive", "-o", "-", "--", "true");
    assertThat(companions.out())
        .contains("# not seen; abort: ", "# not seen; clock: ")
        .doesNotContain("reachable");
  }

  /** In each run, {@link #extensionsThatWereNotLoadedCount} loads a library. */
  @Test
  @Tag("long")
  void whatATraceLoadsBelongsToTheProgram() throws IOException {
    Outcome python =
        learn("learn", "--exec", "-o", policy, "--", "/usr/bin/python3", "-Ic", "import sqlite3");
    python.succeeds();
    assertThat(Files.readString(policy)).contains("#   ", "_sqlite3.");
  }

  /** Other programs are taken from the trace. */
  @Test
  void whatATraceExecutesBelongsToTheProgram() throws IOException {
    Outcome shell = learn("learn", "--exec", "-o", policy, "--", "dash", "-c", "date; :");
    shell.succeeds();
    assertThat(Files.readString(policy)).contains("#   /usr/bin/dash build", "#   /usr/bin/date ");
    assertThat(Programs.run(wired("/bin/dash"), "-c", "date; :").status()).isZero();
  }

  @Test
  void optionsThatContradictEachOtherAreRefused() throws IOException {
    Files.writeString(trace, "getpid() = 7\n");
    assertThat(Cli.run("learn", "--no-derive", "--program", "/bin/true", trace).err())
        .contains("--no-derive and --program cannot be used together");
    assertThat(Cli.run("learn", "--within", trace, "--program", "/bin/true", trace).err())
        .contains("--program and --within cannot be used together");
    assertThat(Cli.run("learn", "--program", trace, trace).status()).isEqualTo(3);
  }
}
