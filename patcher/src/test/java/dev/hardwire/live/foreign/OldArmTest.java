package dev.hardwire.live.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processors older than those of Debian's armhf, whose programs have the same ABI. */
class OldArmTest {
  private static final String EXIT =
      """
      .globl _start
      _start: mov r0, #7
      mov r7, #1
      svc #0
      """;

  @TempDir private Path folder;

  private static Outcome on(String processor, Object... command) {
    return Programs.run("qemu-arm", "-cpu", processor, List.of(command));
  }

  private static void succeeds(Object... command) {
    Outcome outcome = Cli.run(command);
    outcome.succeeds();
  }

  /** qemu-user has no seccomp: the stub says so, and was not stopped by an unknown instruction. */
  @Test
  void theStubRunsOnArmV5() throws IOException {
    Path source = Files.writeString(folder.resolve("exit.s"), EXIT);
    Path program = folder.resolve("exit");
    Programs.output(
        List.of("arm-linux-gnueabihf-gcc", "-march=armv5t", "-mfloat-abi=soft", "-marm"),
        List.of("-nostdlib", "-static", "-o", program, source));
    assertThat(on("arm926", program).status()).isEqualTo(7);
    Path wired = folder.resolve("wired");
    succeeds("patch", "--deny", "uname", "-o", wired, program);
    Outcome outcome = on("arm926", wired);
    assertThat(outcome.err()).endsWith("so the program was not started; the call returned -38\n");
    assertThat(outcome.status()).isEqualTo(126);
  }

  @Test
  void theLauncherRunsOnArmV6() {
    Path launcher = folder.resolve("launcher");
    succeeds("launcher", "--arch", "arm", "-o", launcher);
    Outcome help = on("arm1176", launcher, "--help");
    help.succeeds();
    assertThat(help.out()).startsWith("Usage: ");
    Outcome unknown = on("arm1176", "-E", "SECCOMP_SYSCALL_DENY=uname:unmae", launcher, "true");
    assertThat(unknown.err()).contains("unknown system call \"unmae\"");
  }
}
