package dev.hardwire.live.derive;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Assembly;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.UnknownAnswer;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which calls the kernel continues by restart_syscall(2), in the analysis and in the kernel. */
@Tag("system")
class RestartRuleTest {
  /** Waits on a word for as long as its first argument says. */
  private static final String WAIT =
      function(
          "wait",
          """
          mov %rdi, %r10
          lea word(%rip), %rdi
          xor %esi, %esi
          xor %edx, %edx
          mov $202, %eax
          syscall
          ret\
          """);

  private static final String DATA = "\n.data\nword: .quad 0\ntime: .quad 0, 700000000\n.text\n";
  private static final String FOREVER = "xor %edi, %edi\ncall wait\ncall stop";
  private static final String SECONDS = "lea time(%rip), %rdi\ncall wait\ncall stop";

  @TempDir private Path folder;

  private Derivation derive(String start) throws IOException {
    String code = DATA + WAIT + function("_start", start);
    return Derivers.SHARED.derive(Assembly.build(folder, code, "-static"), DeriveOptions.PLAIN);
  }

  @Test
  void waitingWithoutATimeoutIsNotContinued() throws IOException {
    assertThat(derive(FOREVER).names()).contains("futex").doesNotContain("restart_syscall");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        SECONDS,
        "mov (%rsp), %rdi\ncall wait\ncall stop",
        "xor %edi, %edi\ncall wait\nlea wait(%rip), %rax\ncall *%rax\ncall *8(%rsp)\ncall stop",
        "mov $7, %eax\nsyscall\ncall stop",
        "mov $35, %eax\nsyscall\ncall stop",
        "mov $230, %eax\nsyscall\ncall stop",
        "xor %edi, %edi\ncall wait\nmov (%rsp), %eax\nsyscall\ncall stop",
      })
  void whatSleepsForSomeTimeMayBeContinued(String start) throws IOException {
    Derivation found = derive(start);
    assertThat(found.names()).contains("restart_syscall");
    assertThat(found.explain("restart_syscall").orElseThrow().chain())
        .containsExactly("the kernel, after a signal");
  }

  private String status(String start, String end) throws IOException {
    Path policy = folder.resolve("policy.yaml");
    DerivedPolicy made = DerivedPolicy.of(derive(start), "test", new UnknownAnswer.Refuse(), false);
    Files.writeString(policy, made.text());
    Path wired = folder.resolve("wired");
    Files.deleteIfExists(wired);
    Cli.ok("patch", "--policy", policy, "-o", wired, folder.resolve("program"));
    String script =
        """
        "$1" & p=$!
        until read -r call rest </proc/$p/syscall && [ "$call" = 202 ]; do sleep 0.02; done
        kill -STOP $p; sleep 0.2; kill -CONT $p
        if [ "$2" = ends ]; then sleep 0.3; kill -TERM $p; fi
        wait $p; echo $?
        """;
    return Programs.run("bash", "-c", script, "-", wired, end).out().strip();
  }

  /** 143 is the end by SIGTERM; SIGSYS would be 159. */
  @Test
  void stoppedProgramsGoOn() throws IOException {
    assertThat(status(FOREVER, "ends")).isEqualTo("143");
    assertThat(status(SECONDS, "")).isEqualTo("0");
  }
}
