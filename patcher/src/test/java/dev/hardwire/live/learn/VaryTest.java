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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program is run several times, with other things around it. */
class VaryTest {
  /** Says what its descriptors are and whether it has a vDSO, and closes files. */
  private static final String PROBE =
      """
      #include <stdio.h>
      #include <stdlib.h>
      #include <sys/auxv.h>
      #include <sys/stat.h>
      #include <fcntl.h>
      #include <time.h>
      #include <unistd.h>
      #include <signal.h>
      static FILE *out;
      static void crash(int signal) { fprintf(out, "signal %d\\n", signal); fflush(out); getppid(); _exit(7); }
      int main(int argc, char **argv) {
        struct timespec now;
        struct stat s;
        out = fopen(argv[1], "a");
        signal(SIGABRT, crash);
        for (int i = 0; i < 3; i++)
          fprintf(out, "%c", fstat(i, &s) ? '-' : S_ISFIFO(s.st_mode) ? 'p' : isatty(i) ? 't' : 'o');
        fprintf(out, " vdso=%d", getauxval(AT_SYSINFO_EHDR) != 0);
        clock_gettime(CLOCK_REALTIME, &now);
        fprintf(out, " tunables=%d\\n", getenv("GLIBC_TUNABLES") != 0);
        fflush(out);
        for (int i = 0; i < 9; i++) close(open("/dev/null", O_RDONLY));
        return 0;
      }
      """;

  @TempDir private Path folder;

  private Path probe() throws IOException {
    Path source = folder.resolve("probe.c");
    Files.writeString(source, PROBE);
    Path program = folder.resolve("probe");
    Programs.run("gcc", "-O1", "-o", program, source).succeeds();
    return program;
  }

  @Test
  void eachWayIsWhatItSays() throws IOException {
    Path out = folder.resolve("out");
    Path policy = folder.resolve("policy.yaml");
    Outcome learned =
        CommandLoop.shared()
            .run("learn", "--exec", "--vary", "--every-call", "-o", policy, "--", probe(), out);
    learned.succeeds();
    List<String> lines = Files.readAllLines(out);
    assertThat(lines).hasSize(9);
    assertThat(lines.get(0)).endsWith(" vdso=1 tunables=0");
    assertThat(lines.subList(1, 9))
        .containsExactly(
            "ttt vdso=1 tunables=0",
            "ppp vdso=1 tunables=0",
            "ooo vdso=1 tunables=0",
            "o-- vdso=1 tunables=0", // the file that it writes to takes the first number
            "ooo vdso=0 tunables=0",
            "ooo vdso=1 tunables=1",
            "ooo vdso=1 tunables=0",
            "signal 6");
    assertThat(learned.err())
        .contains("probe (run abort) exited with status 7\n", "(run no-vdso) exited with status 0")
        .containsPattern("new calls of each run: trace \\d+, trace-tty \\+\\d+, ")
        .containsPattern("leaving one run out, \\d+ % of 8 runs would have died");
    assertThat(Files.readString(policy))
        .containsPattern("- getppid +# 1 time, first at trace-abort:")
        .containsPattern("- clock_gettime +# 1 time, first at trace-no-vdso:");
  }

  @Test
  void everyRunIsCountedAndKept() throws IOException {
    Path log = folder.resolve("log");
    Outcome learned =
        CommandLoop.shared()
            .run("learn", "--exec", "--repeat", "3", "--log", log, "-o", "-", "--", "true");
    learned.succeeds();
    assertThat(learned.err())
        .contains("new calls of each run: " + log, log + "-2 +0, " + log + "-3 +0; the last 66 %")
        .contains("leaving one run out, 0 % of 3 runs would have died\n");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("log", "log-2", "log-3");
    }
    assertThat(Files.readString(log)).contains("\nhardwire: not traced: read ");
    assertThat(Cli.run("learn", log).out()).contains("not traced, since it gives no power");
  }

  @Test
  void logsAreRunsAndOneThatWasNeededIsNamed() throws IOException {
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    Files.writeString(one, "getppid() = 1\nkill(1, 0) = 0\n");
    Files.writeString(two, "getppid() = 1\ntkill(1, 0) = 0\ngetpid() = 1\n");
    assertThat(Cli.run("learn", one, two).err())
        .contains(
            "new calls of each run: %s 2, %s +2; the last of 2 runs still brought"
                .formatted(one, two),
            "leaving one run out, 100 % of 2 runs would have died: "
                + one
                + " (kill), "
                + two
                + " (tkill)\n");
    assertThat(Cli.run("learn", one, one).err()).doesNotContain("would have died: ");
  }

  @Test
  void threadsWithLogsOfTheirOwnAreOneRun() throws IOException {
    Files.writeString(folder.resolve("t.1"), "getppid() = 1\n");
    Files.writeString(folder.resolve("t.2"), "kill(1, 0) = 0\n");
    assertThat(Cli.run("learn", folder.resolve("t.1"), folder.resolve("t.2")).err())
        .doesNotContain("runs");
  }

  @Test
  void optionsOfRunsRequireARun() {
    for (String option : List.of("--vary", "--every-call", "--repeat=2")) {
      assertThat(Cli.run("learn", option, "log").err())
          .contains("--vary, --repeat and --every-call require --exec");
    }
    assertThat(Cli.run("learn", "--exec", "--repeat", "0", "--", "true").err())
        .contains("--repeat requires a number from 1 to 1000");
  }
}
