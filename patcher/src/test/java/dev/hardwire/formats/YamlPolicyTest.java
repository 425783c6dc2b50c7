package dev.hardwire.formats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class YamlPolicyTest {
  private static Policy read(String text) {
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "web.yaml");
  }

  @Test
  void readsEveryField() {
    Policy policy =
        read(
            """
            # a comment
            version: 1
            name: web-frontend
            default: errno EPERM
            rules:
              - allow: [read, "write"]
              - errno ENETDOWN:
                  - uname
              - kill-thread: [ptrace]
            no_new_privs: false
            log: true
            """);
    assertThat(policy)
        .isEqualTo(
            new Policy(
                1,
                "web-frontend",
                new Action.Errno(1),
                List.of(
                    Rule.of(Action.ALLOW, "read", "write"),
                    Rule.of(Action.errno("ENETDOWN"), "uname"),
                    Rule.of(Action.KILL_THREAD, "ptrace")),
                false,
                true));
    assertThat(policy.rules().get(1).position()).hasToString("web.yaml:7:5");
    assertThat(policy.rules().get(1).calls().get(0).position()).hasToString("web.yaml:8:9");
  }

  @Test
  void defaultsAreTheSafeOnes() {
    Policy policy = read("{version: 1, default: trap, rules: []}");
    assertThat(policy).isEqualTo(Policy.of("unnamed", Action.TRAP, List.of()));
    assertThat(policy.noNewPrivs()).isTrue();
    assertThat(policy.log()).isFalse();
  }

  @Test
  void canonicalTextIsStable() {
    Policy policy =
        Policy.of(
            "a \"quoted\" \\ näme",
            Action.KILL_PROCESS,
            List.of(Rule.of(Action.ALLOW, "write", "read"), Rule.of(Action.errno("5"), "uname")));
    assertThat(YamlPolicyWriter.write(policy))
        .isEqualTo(
            """
            version: 1
            name: "a \\"quoted\\" \\\\ näme"
            default: kill-process
            rules:
              - allow: [write, read]
              - errno EIO: [uname]
            no_new_privs: true
            log: false
            """);
  }

  @Test
  void canonicalTextIsReadBack() {
    List<String> many =
        java.util.stream.IntStream.range(0, 200).mapToObj(i -> "some_long_call_name_" + i).toList();
    List<Policy> policies =
        List.of(
            Policy.of("x", Action.KILL_PROCESS, List.of()),
            Policy.of(
                "a \"quoted\" \\ näme: # 😀", Action.LOG, List.of(Rule.of(Action.TRAP, many))),
            new Policy(
                1, "1", Action.ALLOW, List.of(Rule.of(Action.errno("0"), "uname")), false, true));
    for (Policy policy : policies) {
      String text = YamlPolicyWriter.write(policy);
      assertThat(read(text)).isEqualTo(policy);
      assertThat(YamlPolicyWriter.write(read(text))).isEqualTo(text);
      assertThat(text.lines()).allMatch(line -> line.length() <= 100);
    }
  }
}
