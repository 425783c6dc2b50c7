package dev.hardwire.live.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Learns from 32-bit programs on a kernel of x86-64. */
class LearnI386Test {
  private static final String PROGRAM =
      """
      #include <sys/socket.h>
      #include <unistd.h>
      int main(void) {
        return socket(AF_UNIX, SOCK_STREAM, 0) < 0 || getppid() < 0;
      }
      """;

  private static String trace(Path folder) throws IOException {
    Path source = Files.writeString(folder.resolve("small.c"), PROGRAM);
    Path program = folder.resolve("small");
    Programs.output("i686-linux-gnu-gcc", "-static", "-o", program, source);
    Path log = folder.resolve("small.trace");
    Programs.output("strace", "-f", "--quiet=attach", "-o", log, program);
    return log.toString();
  }

  @Test
  void aTraceOfA32BitProgramGivesAPolicyForIt(@TempDir Path folder) throws IOException {
    String log = trace(folder);
    Outcome other = Cli.run("learn", log);
    assertThat(other.status()).isNotZero();
    assertThat(other.err()).contains("a call of i386, and the policy is for x86_64");

    Path policy = folder.resolve("small.yaml");
    Outcome learned = Cli.run("learn", "--arch", "x86", "-o", policy, log);
    learned.succeeds();
    assertThat(Files.readString(policy)).contains("socket", "getppid", "set_thread_area");
    Outcome decided =
        Cli.run("emulate", "--policy", policy, "--arch", "i386", "socketcall(1)", "socketcall(2)");
    assertThat(decided.out()).contains("socketcall(1, 0): allow", "socketcall(2, 0): kill-process");
  }

  @Test
  void argumentsOfA32BitProgramGiveConditions(@TempDir Path folder) throws IOException {
    String log = trace(folder);
    Path policy = folder.resolve("small.yaml");
    Outcome learned = Cli.run("learn", "--arch", "i386", "--arguments", "-o", policy, log);
    learned.succeeds();
    assertThat(Files.readString(policy))
        .containsPattern("mprotect\\] #.*\n    when: \"\\(prot & PROT_EXEC\\) == 0\"")
        .containsPattern("- socket +#.*family: it may be in memory, where a filter cannot see it");

    Outcome again = Cli.run("learn", "--arch", "i386", "--arguments", "--base", policy, log);
    assertThat(again.out()).contains("when: \"(prot & PROT_EXEC) == 0\"");
    assertThat(again.out().lines().filter(line -> line.contains("first at")))
        .allMatch(line -> line.strip().startsWith("because: ")); // what the base policy says
    assertThat(again.status()).isZero();
  }
}
