package dev.hardwire.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyPerArchitectureTest {
  @TempDir Path folder;

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("policy"), text);
  }

  @Test
  void policiesOfOtherFormatsAreTaken() throws IOException {
    Path file =
        write(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"uname\"],"
                + " \"action\": \"SCMP_ACT_TRAP\"}]}");
    assertThat(PolicyPerArchitecture.read(file).on(Target.X86_64))
        .isEqualTo(Policy.of("oci-profile", Action.ALLOW, List.of(Rule.of(Action.TRAP, "uname"))));
  }

  @Test
  void policiesThatDoNotCarryOverWholeAreRefused() throws IOException {
    Path file = write("[Service]\nSystemCallFilter=~uname nonsense\n");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> PolicyPerArchitecture.read(file))
        .withMessageContaining("2:25: \"nonsense\" is not a known system call; it is ignored;")
        .withMessageContaining("hardwire policy convert");
  }

  @Test
  void brokenPoliciesOfOurOwnFormatAreTold() throws IOException {
    Path file = write("rules: []\n");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> PolicyPerArchitecture.read(file))
        .withMessageContaining("1:1: the policy has no \"version\"");
  }

  @Test
  void profilesAreReadForEachArchitecture() throws IOException {
    PolicyPerArchitecture given =
        PolicyPerArchitecture.read(
            write(
                """
                {"defaultAction": "SCMP_ACT_ERRNO",
                 "archMap": [{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
                             {"architecture": "SCMP_ARCH_S390X"}],
                 "syscalls": [
                   {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
                   {"names": ["sync"], "action": "SCMP_ACT_ALLOW",
                    "includes": {"arches": ["s390x"]}}]}
                """));
    assertThat(given.on(Target.AARCH64).rules()).containsExactly(Rule.of(Action.ALLOW, "read"));
    assertThat(given.on(Target.S390X).rules())
        .containsExactly(Rule.of(Action.ALLOW, "read"), Rule.of(Action.ALLOW, "sync"));
    assertThat(given.on(Target.X86_64).rules()).containsExactly(Rule.of(Action.ALLOW, "read"));
    PolicyPerArchitecture one =
        PolicyPerArchitecture.read(
            write(
                """
                {"defaultAction": "SCMP_ACT_ERRNO",
                 "architectures": ["SCMP_ARCH_AARCH64"],
                 "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}
                """));
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> one.on(Target.X86_64))
        .withMessageContaining("2:19: the profile is not for x86_64; add SCMP_ARCH_X86_64");
  }
}
