package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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

class InputFileTest {
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
    assertThat(InputFile.readPolicy(file))
        .isEqualTo(Policy.of("oci-profile", Action.ALLOW, List.of(Rule.of(Action.TRAP, "uname"))));
  }

  @Test
  void policiesThatDoNotCarryOverWholeAreRefused() throws IOException {
    Path file = write("[Service]\nSystemCallFilter=~uname nonsense\n");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> InputFile.readPolicy(file))
        .withMessageContaining("2:25: \"nonsense\" is not a known system call; it is left out;")
        .withMessageContaining("hardwire policy convert");
  }

  @Test
  void brokenPoliciesOfOurOwnFormatAreTold() throws IOException {
    Path file = write("rules: []\n");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> InputFile.readPolicy(file))
        .withMessageContaining("1:1: the policy has no \"version\"");
  }
}
