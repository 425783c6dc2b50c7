package dev.hardwire.live.patch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A 64-bit program can enter the kernel as a 32-bit one; no policy lets it. */
class TwoInterfacesTest {
  private static final String PROGRAM =
      """
      #include <stdio.h>
      int main(void) {
        int number = 20; /* getpid of i386, writev of x86-64 */
        puts("before");
        fflush(stdout);
        __asm__ volatile("int $0x80" : "+a"(number) : : "memory");
        puts(number > 0 ? "after" : "refused");
        return 0;
      }
      """;

  @Test
  void aCallThroughInt80KillsThePatchedProcess(@TempDir Path folder) throws IOException {
    Path source = Files.writeString(folder.resolve("two.c"), PROGRAM);
    Path program = folder.resolve("two");
    Programs.output("gcc", "-O1", "-o", program, source);
    assertThat(Programs.run(program).out()).isEqualTo("before\nafter\n");
    Path patched = folder.resolve("patched");
    assertThat(Cli.run("patch", Policies.ALLOW_ALL, "-o", patched, program).status()).isZero();
    Outcome outcome = Programs.run(patched);
    assertThat(outcome.out()).isEqualTo("before\n");
    assertThat(outcome.status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
  }
}
