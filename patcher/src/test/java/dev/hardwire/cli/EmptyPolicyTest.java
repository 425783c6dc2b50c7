package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.Hardwire;
import dev.hardwire.VerifyResult;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file whose policies allow every call is patched with a warning, and does not verify. */
class EmptyPolicyTest {
  private static final String WARNING =
      "hardwire: warning: --deny: the policy enforces nothing: it allows every call; deny one\n";

  @TempDir private Path dir;
  private Path empty;
  private Path confined;

  @BeforeEach
  void patch() throws IOException {
    Path tree = Files.createDirectory(dir.resolve("tree"));
    // The results belong to who runs the test.
    Path program = Files.copy(Path.of("/bin/true"), dir.resolve("true"));
    empty = tree.resolve("empty");
    confined = tree.resolve("confined");
    Outcome outcome = Cli.run("patch", Policies.ENFORCE_NOTHING, "-o", empty, program).succeeds();
    assertThat(outcome.err()).isEqualTo(WARNING);
    Cli.ok("patch", "--deny", "uname,execve,execveat", "-o", confined, program);
  }

  @Test
  void itFailsUnlessItIsAccepted() throws IOException {
    Outcome failed = Cli.run("verify", empty).endsWith(5);
    assertThat(failed.out())
        .endsWith(
            "  FAIL confined: enforces nothing: every call is allowed; patch the file with another"
                + " policy, or give --allow-empty\n"
                + failed
                    .out()
                    .lines()
                    .filter(line -> line.contains("risky"))
                    .findFirst()
                    .orElseThrow()
                + "\n"
                + "       the proof holds for files that a linker made: what runs before the hook"
                + " has to read their tables as verify does\n"
                + "  NOT VERIFIED\n");
    Outcome accepted = Cli.run("verify", "--allow-empty", empty).succeeds();
    assertThat(accepted.out())
        .contains("  ok   confined: enforces nothing: every call is allowed\n")
        .contains("       risky calls allowed: execve, execveat, ptrace, ")
        .endsWith("  verified\n");
    assertThat(Hardwire.verify(empty).run().passed()).isFalse();
    VerifyResult result = Hardwire.verify(empty).allowEmpty().run();
    assertThat(result.passed()).isTrue();
    assertThat(result.confinement().orElseThrow().enforcesNothing()).isTrue();
  }

  @Test
  void oneThatEnforcesSomethingSaysWhat() throws IOException {
    assertThat(Cli.run("verify", confined).succeeds().out())
        .containsPattern("  ok   confined: kill-process for 3 calls, [0-9]+ allowed\n")
        .contains("       risky calls allowed: ptrace, ")
        .endsWith("  verified\n");
    VerifyResult.Confinement all = Hardwire.verify(confined).run().confinement().orElseThrow();
    assertThat(all.denied()).containsExactly(Map.entry("kill-process", 3));
    assertThat(all.otherNumbers()).isEqualTo("allow");
    assertThat(all.risky()).contains("ptrace").doesNotContain("execve", "execveat");
  }

  @Test
  void inAStackOnePolicyThatEnforcesSomethingIsEnough() {
    Path both = dir.resolve("both");
    Cli.run("patch", Policies.ENFORCE_NOTHING, "--stack", "-o", both, confined).succeeds();
    assertThat(Cli.run("verify", both).succeeds().out())
        .containsPattern("  ok   confined: kill-process for 3 calls, [0-9]+ allowed\n");
  }

  @Test
  void treesCountIt() {
    Path tree = empty.getParent();
    assertThat(Cli.run("verify", tree).endsWith(5).out())
        .endsWith("2 files: confined 1, enforces nothing 1; signed 0\n");
    assertThat(Cli.run("verify", "--allow-empty", tree).succeeds().out())
        .contains("enforces nothing  " + empty + "\n")
        .endsWith("2 files: confined 1, enforces nothing 1; signed 0\n");
  }

  @Test
  void jsonHasTheSame() {
    assertThat(Cli.run("verify", "--json", "--allow-empty", empty, confined).succeeds().out())
        .contains("\"enforcesNothing\": true,")
        .contains("\"enforcesNothing\": false,")
        .contains("\"kill-process\": 3\n")
        .contains("\"otherNumbers\": \"allow\",");
  }

  @Test
  void aConditionThatNeverHoldsEnforcesNothing() throws IOException {
    Path policy = dir.resolve("p.yaml");
    Files.writeString(
        policy,
        "version: 1\ndefault: allow\nrules:\n  - trap: [read]\n    when: fd < 1 && fd > 1\n");
    assertThat(Cli.run("policy", "check", policy).succeeds().out())
        .contains("p.yaml:2:10: the policy enforces nothing: it allows every call; deny one\n");
  }
}
