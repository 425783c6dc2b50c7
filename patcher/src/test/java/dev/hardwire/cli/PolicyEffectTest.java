package dev.hardwire.cli;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.arch.Target;
import dev.hardwire.formats.environment.EnvironmentPolicy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.work.PolicyPerArchitecture;
import dev.hardwire.work.PolicySource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Policies that would have no effect, or less than their author expects. */
class PolicyEffectTest {
  private static final String MACHINE = "x86_64";

  @TempDir private Path dir;

  private Path policy(String rules) throws IOException {
    Path file = dir.resolve("p.yaml");
    return Files.writeString(file, "version: 1\ndefault: allow\nrules:\n" + rules);
  }

  private Outcome check(String arch, String rules) throws IOException {
    return Cli.run("policy", "check", "--arch", arch, policy(rules));
  }

  @ParameterizedTest
  @CsvSource({
    "execv, execve",
    "umount, umount2",
    "send, sendto",
    "recv, recvfrom",
    "signal, rt_sigaction"
  })
  void aListOfFunctionsOfTheLibraryIsAnErrorWithAHint(String function, String call) {
    String message =
        "--%s, item 1: the rule names no call of x86_64, so it %s nothing;"
            + " the C library's %s calls %s: name that";
    for (String option : new String[] {"deny", "allow"}) {
      String effect = option.equals("deny") ? "denies" : "allows";
      String expected = message.formatted(option, effect, function, call);
      Path out = dir.resolve("out");
      for (String command : new String[] {"library", "launcher"}) {
        Outcome written = Cli.run(command, "--" + option, function, "--arch", MACHINE, "-o", out);
        assertThat(written.status()).as(written.err()).isEqualTo(4);
        assertThat(written.err()).isEqualTo("hardwire: " + expected + "\n");
        assertThat(out).doesNotExist();
      }
    }
  }

  @Test
  void aProgramIsNotPatchedWithAnEmptyList() {
    Path out = dir.resolve("out");
    Outcome patched = Cli.run("patch", "--deny", "execv", "-o", out, "/bin/true");
    assertThat(patched.status()).as(patched.err()).isEqualTo(4);
    assertThat(patched.err()).contains("the C library's execv calls execve");
    assertThat(out).doesNotExist();
  }

  @Test
  void theVariablesAreTreatedTheSame() {
    PolicySource source =
        new PolicySource(
            PolicyPerArchitecture.of(
                EnvironmentPolicy.read(Map.of(EnvironmentPolicy.DENY, "execv")).orElseThrow(),
                "the environment"),
            false,
            warning -> {});
    assertThatThrownBy(() -> source.pinned(Target.X86_64))
        .isInstanceOf(PolicyException.class)
        .hasMessageStartingWith("SECCOMP_SYSCALL_DENY, item 1: the rule names no call of x86_64");
  }

  @Test
  void anUnknownFunctionGetsTheSameHint() {
    Outcome result = Cli.run("library", "--deny", "execl", "-o", dir.resolve("out"));
    assertThat(result.status()).isEqualTo(4);
    assertThat(result.err())
        .contains("unknown system call \"execl\"")
        .contains("; the C library's execl calls execve: name that");
  }

  @Test
  void aRuleForAnotherArchitectureIsAWarning() throws IOException {
    Outcome result = check("aarch64", "  - errno EPERM: [arch_prctl]\n  - errno EPERM: [uname]\n");
    assertThat(result.status()).as(result.err()).isEqualTo(0);
    assertThat(result.out()).contains("the rule names no call of aarch64; remove it");
  }

  @Test
  void aRuleIsAnErrorIfNoArchitectureHasItsCalls() throws IOException {
    Outcome result = check(MACHINE, "  - errno EPERM: [execv]\n  - log: [uname]\n");
    assertThat(result.status()).isEqualTo(4);
    assertThat(result.err()).contains("p.yaml:4:5: the rule names no call of x86_64");
  }

  @Test
  void aRuleWithAFunctionIsAnErrorUnlessAnotherNamesTheCall() throws IOException {
    Outcome alone = check(MACHINE, "  - errno EPERM: [umount]\n  - errno EPERM: [uname]\n");
    assertThat(alone.status()).isEqualTo(4);
    assertThat(alone.err()).contains("the C library's umount calls umount2");
    Outcome both = check(MACHINE, "  - errno EPERM: [umount]\n  - errno EPERM: [umount2]\n");
    assertThat(both.status()).as(both.err()).isEqualTo(0);
  }

  @Test
  void aNameThatIsLeftOutOfAListIsAWarning() {
    Outcome result =
        Cli.run("library", "--deny", "execv,uname", "--arch", MACHINE, "-o", dir.resolve("out"));
    assertThat(result.status()).isEqualTo(0);
    assertThat(result.err())
        .isEqualTo(
            "hardwire: warning: --deny, item 1: \"execv\" is not a call of x86_64; it is ignored;"
                + " the C library's execv calls execve: name that\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "open | open is denied, but openat, openat2 can do the same and are allowed",
        "fork | fork is denied, but clone, clone3, vfork can do the same and are allowed",
        "execve | execve is denied, but execveat can do the same and is allowed",
        "execve,execveat | ",
        "openat,open,openat2 | creat is allowed",
      })
  void siblingsThatStayAllowedAreNamed(String list, String warning) {
    Outcome result =
        Cli.run("library", "--deny", list, "--arch", MACHINE, "-o", dir.resolve("out"));
    assertThat(result.status()).isEqualTo(0);
    if (warning == null || warning.startsWith("creat")) {
      assertThat(result.err()).isEmpty();
    } else {
      assertThat(result.err()).isEqualTo("hardwire: warning: --deny, item 1: " + warning + "\n");
    }
  }

  @Test
  void anErrorThatAsksForTheOlderCallIsNoGap() throws IOException {
    assertThat(check(MACHINE, "  - errno ENOSYS: [clone3]\n").out()).doesNotContain("warning");
    assertThat(check(MACHINE, "  - errno EPERM: [clone3]\n").out()).contains("clone, fork, vfork");
  }

  @Test
  void warningsAreGivenOnceForManyFiles() throws IOException {
    Path one = Files.copy(Path.of("/bin/true"), dir.resolve("one"));
    Path two = Files.copy(Path.of("/bin/true"), dir.resolve("two"));
    Path out = Files.createDirectory(dir.resolve("out"));
    Outcome result = Cli.run("patch", "--deny", "execve", "--output-dir", out, one, two);
    assertThat(result.status()).as(result.err()).isEqualTo(0);
    assertThat(result.err().lines()).hasSize(1).first().asString().contains("execveat");
  }

  @Test
  void aPolicyWithoutExitOrMessagesWarns() {
    Outcome result =
        Cli.run("library", "--allow", "read", "--arch", MACHINE, "-o", dir.resolve("out"));
    assertThat(result.status()).isEqualTo(0);
    assertThat(result.err())
        .contains("exit_group is not allowed: the program cannot end; allow it")
        .contains("write is not allowed: neither the program nor the stub can report an error");
    for (String output : new String[] {"write", "writev"}) {
      String list = "read,exit_group," + output;
      Outcome quiet = Cli.run("library", "--allow", list, "-o", dir.resolve("out")).succeeds();
      assertThat(quiet.err()).isEmpty();
    }
    Outcome mute = Cli.run("library", "--deny", "write", "-o", dir.resolve("out"));
    assertThat(mute.status()).isEqualTo(0);
    assertThat(mute.err())
        .contains("write is not allowed: neither the program nor the stub can report an error");
  }

  @Test
  void twoListsAreWrongUsage() {
    Outcome result = Cli.run("patch", "--allow", "read", "--deny", "uname", "-o", "x", "/bin/true");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).startsWith("hardwire: --allow and --deny cannot be used together\n");
  }

  @Test
  void killMeansWhatItMeansInTheVariables() throws IOException {
    Path first = dir.resolve("kill");
    Path second = dir.resolve("kill-process");
    for (Path out : new Path[] {first, second}) {
      String action = out.getFileName().toString();
      Cli.ok("library", "--deny", "uname", "--default-action", action, "--soname", "x", "-o", out);
    }
    assertThat(first).has(sameBytesAs(second));
  }
}
