package dev.hardwire.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.text.Preset;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Other words for the same decisions change nothing; other decisions change the text. */
class DecisionsTest {
  private static final String POLICY =
      """
      version: 1
      name: first
      default: errno EPERM
      rules:
        - allow: [read, write, close, exit_group]
        - kill-process: [socket]
          when: "domain == AF_INET || domain == AF_INET6"
        - allow: [socket]
      """;

  private static String text(String policy) {
    return Decisions.text(
        YamlPolicyReader.read(policy.getBytes(StandardCharsets.UTF_8), "test"), Target.X86_64);
  }

  @Test
  void theTextIsReadable() {
    assertThat(text(POLICY))
        .startsWith("decisions 1 x86_64\ndefault 327681\n0 2147418112\n1 2147418112\n3 ")
        .contains(
            "\n41 if (or (0 32s ffffffff == 2) (0 32s ffffffff == a)) 2147483648 2147418112\n")
        .contains("\nno_new_privs: true\n")
        .doesNotContain("first");
  }

  @Test
  void otherWordsChangeNothing() {
    String other =
        """
        version: 1
        name: second
        default: errno EPERM
        rules:
          - kill-process: [socket]
            when: "domain == AF_INET || domain == AF_INET6"
            because: no network
          - allow: [socket, exit_group]
          - allow: [close, write, read]
            because: its work
          - errno EPERM: [execve]
        """;
    assertThat(text(other)).isEqualTo(text(POLICY));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EPERM/EACCES",
        "write, close/close",
        "kill-process/errno EPERM",
        "AF_INET6/AF_UNIX",
        "rules:/no_new_privs: false\nrules:",
        "rules:/limits: {core: 0}\nrules:",
        """
        rules:/phases:
          - name: later
            at: main
            default: allow
            rules:
              - kill-process: [read]
        rules:\
        """
      })
  void otherDecisionsAreOthers(String change) {
    String[] parts = change.split("/", 2);
    assertThat(text(POLICY.replace(parts[0], parts[1]))).isNotEqualTo(text(POLICY));
  }

  @ParameterizedTest
  @EnumSource
  void presetsHaveDecisionsOnEveryArchitecture(Target target) {
    for (Preset preset : Preset.values()) {
      assertThat(Decisions.text(preset.policy(), target))
          .startsWith("decisions 1 " + target.id() + "\ndefault ");
    }
  }
}
