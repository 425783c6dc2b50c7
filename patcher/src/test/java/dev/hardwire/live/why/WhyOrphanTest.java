package dev.hardwire.live.why;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program does not run if the command ends before it traces it. */
@Tag("system")
class WhyOrphanTest {
  /** Kills the process that calls ptrace(2) (101), which is the command, not the program. */
  private static final String KILL =
      """
      import ctypes, os, struct, sys
      code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *one) for one in [
          (0x20, 0, 0, 0), (0x15, 0, 1, 101), (6, 0, 0, 0x80000000), (6, 0, 0, 0x7fff0000)]))
      program = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", 4, ctypes.addressof(code)))
      libc = ctypes.CDLL(None)
      assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program) == 0
      os.execv(sys.argv[1], sys.argv[1:])
      """;

  @TempDir private Path folder;

  @Test
  void programsDoNotRunWithoutTheCommand() throws IOException {
    Path touch = folder.resolve("touch");
    Cli.ok("patch", "--preset", "no-network", "-o", touch, Path.of("/usr/bin/touch"));
    Path traced = folder.resolve("traced");
    CommandLoop.shared().run("why", touch, traced).succeeds();
    assertThat(traced).exists();
    Path orphan = folder.resolve("orphan");
    assertThat(whyKilled(touch, orphan)).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(orphan).doesNotExist();
  }

  private int whyKilled(Path program, Path file) throws IOException {
    Path script = folder.resolve("kill.py");
    Files.writeString(script, KILL);
    return Programs.run("python3", script, Cli.process().command("why", program, file)).status();
  }
}
