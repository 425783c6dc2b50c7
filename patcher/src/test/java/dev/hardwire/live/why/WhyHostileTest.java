package dev.hardwire.live.why;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs, logs and core files that use up or stop {@code hardwire why}. */
@Tag("system")
class WhyHostileTest {
  @TempDir private Path folder;

  private static Outcome why(Object... words) {
    return CommandLoop.shared().run("why", Programs.strings(words));
  }

  /** A process that is killed while it starts another one does not say that it has done so. */
  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void processesWhoseParentsAreKilledContinue() throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("killed.c"),
            """
            #include <signal.h>
            #include <stdlib.h>
            #include <sys/wait.h>
            #include <unistd.h>
            int main(void) {
              for (int i = 0; i < 400; i++) {
                pid_t child = fork();
                if (child == 0) {
                  for (;;) {
                    pid_t grandchild = fork();
                    if (grandchild == 0) {
                      _exit(0);
                    }
                    waitpid(grandchild, NULL, 0);
                  }
                }
                usleep(rand() % 3000);
                kill(child, SIGKILL);
                waitpid(child, NULL, 0);
              }
              return 7;
            }
            """);
    Path program = folder.resolve("killed");
    Programs.output("gcc", "-O1", "-o", program, source);
    assertThat(why("--all", "--deny", "uname", "--", program))
        .isEqualTo(new Outcome(7, "", "hardwire: no denied call was seen\n"));
  }

  @Test
  void aProgramThatMayNotBeReadIsRun() throws IOException {
    Path hidden = Files.copy(Path.of("/usr/bin/uname"), folder.resolve("hidden"));
    Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("--x--x--x"));
    Outcome outcome =
        Cli.process()
            .withoutRights()
            .call("why", "--deny", "uname", "--", "sh", "-c", hidden + "; echo status $?");
    assertThat(outcome.out()).isEqualTo("status 159\n");
    assertThat(outcome.err())
        .contains("a program that may not be read (process ", "died of SIGSYS");
  }

  @Test
  void kindsOfCallsAreLimited() throws IOException {
    StringBuilder log = new StringBuilder();
    for (int i = 0; i < 10_100; i++) {
      log.append(
          "audit: type=1326 audit(1700000000.1:%d): pid=7 comm=\"x\" exe=\"/x%d\" arch=c000003e"
              .formatted(i, i));
      log.append(" syscall=41 ip=0x1 code=0x80000000\n");
    }
    Outcome outcome = why("--log", Files.writeString(folder.resolve("log"), log));
    assertThat(outcome.err())
        .isEqualTo(
            "hardwire: warning: only the first 10,000 kinds of calls are reported; 100 calls were"
                + " others\n");
    assertThat(outcome.out().lines().filter(line -> line.contains("was killed"))).hasSize(10_000);
  }

  /** A million notes in a core file of 4 MB, which has each a thousand times. */
  @Test
  void notesWithLongNamesTakeLittleMemory() throws IOException {
    byte[] core = new byte[64 + 1000 * 56 + 1000 * (12 + 4096)];
    var words = java.nio.ByteBuffer.wrap(core).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    words.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).putShort(16, (short) 4);
    words.putShort(18, (short) 62).putLong(32, 64).putShort(56, (short) 1000);
    int notes = 64 + 1000 * 56;
    for (int i = 0; i < 1000; i++) {
      int header = 64 + i * 56;
      words.putInt(header, 4).putLong(header + 8, notes).putLong(header + 32, core.length - notes);
      int note = notes + i * (12 + 4096);
      words.putInt(note, 4096);
      Arrays.fill(core, note + 12, note + 12 + 4096, (byte) 'A');
    }
    Path file = Files.write(folder.resolve("core"), core);
    Cli.process()
        .heap(64)
        .call("why", "--core", file)
        .fails(6, "the core file has no registers (NT_PRSTATUS)");
  }
}
