package dev.hardwire.policy.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.policy.Policy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Comments of rules become their reasons. */
class YamlCommentsTest {
  private static Policy read(String rules) {
    String text = "# top\nversion: 1 # first\ndefault: kill-process\nrules:\n" + rules;
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p.yaml");
  }

  private static List<String> reasons(String rules) {
    return read(rules).rules().stream().map(rule -> rule.reason().orElse("-")).toList();
  }

  @Test
  void aboveAndBehindARule() {
    assertThat(
            reasons(
                """
                  # it needs
                  #   files
                  - allow: [read]
                  - allow: [write]   # logs, "with" a # in it
                  - allow: ["@basic-io",
                      close]  # after the list
                  - allow: [socket]
                    when: "family == AF_INET" # TCP
                  - allow: [bind] # behind
                    because: said
                  - allow: [listen]
                """))
        .containsExactly(
            "it needs files", "logs, \"with\" a # in it", "after the list", "TCP", "said", "-");
  }

  @Test
  void othersAreIgnored() {
    assertThat(
            reasons(
                """
                    # further to the right

                  # with a line between

                  - allow: [read]
                  # - allow: [brk]
                  - allow: [write] #
                # further to the left
                  - allow: [close]
                  - allow: [socket]
                    because: |-
                      # a text
                  - allow:
                      - bind # of an item
                      - listen
                """))
        .containsExactly("-", "-", "-", "# a text", "-");
    assertThat(reasons("  - allow: [read] # " + "x".repeat(501) + "\n")).containsExactly("-");
    assertThat(reasons("  - allow: [read] # \u200b\n")).containsExactly("-");
    assertThat(reasons("- allow: [read]\n# at the end")).containsExactly("-");
    assertThat(reasons("  [{allow: [read]}, # why\n  {allow: [write]}]")).containsExactly("-", "-");
  }

  @Test
  void theySurviveConversions() {
    Policy policy = read("  - allow: [read] # \"why\" \\\n");
    String written = YamlPolicyWriter.write(policy);
    assertThat(written).contains("    because: \"\\\"why\\\" \\\\\"\n");
    assertThat(YamlPolicyReader.read(written.getBytes(StandardCharsets.UTF_8), "q"))
        .isEqualTo(policy);
  }
}
