package dev.hardwire.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class YamlPolicyErrorTest {
  private static final String HEAD = "version: 1\ndefault: trap\n";

  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of("", "p.yaml: the file is empty"),
        Arguments.of("[]", "p.yaml:1:1: the policy must be a mapping, not a list"),
        Arguments.of(
            "default: trap\nrules: []", "p.yaml:1:1: the policy has no \"version\"; add it"),
        Arguments.of("version: 1\nrules: []", "p.yaml:1:1: the policy has no \"default\"; add it"),
        Arguments.of(HEAD, "p.yaml:1:1: the policy has no \"rules\"; add it"),
        Arguments.of(
            "version: 2\nrules: []",
            "p.yaml:1:10: version 2 is not known; this release reads version 1"),
        Arguments.of("version: one", "p.yaml:1:10: version must be a number, not \"one\""),
        Arguments.of("version: 0x1", "p.yaml:1:10: version must be a number, not \"0x1\""),
        Arguments.of("version:", "p.yaml:1:9: version must be a number, not nothing"),
        Arguments.of(
            HEAD + "rule: []",
            "p.yaml:3:1: unknown key \"rule\" in the policy; did you mean \"rules\"? (known:"
                + " version, name, default, rules, no_new_privs, log, map_missing_calls, landlock,"
                + " limits, capabilities, seal, weights, phases, include, groups, constants, arch,"
                + " unknown-calls, newer-calls)"),
        Arguments.of(
            HEAD + "default: log\nrules: []",
            "p.yaml:3:1: key \"default\" is given twice in the policy; remove one (first at"
                + " p.yaml:2:1)"),
        Arguments.of(
            "version: 1\ndefault: kill\nrules: []",
            "p.yaml:2:10: unknown action \"kill\" (actions: allow, log, errno NAME, trap,"
                + " kill-thread, kill-process)"),
        Arguments.of(
            HEAD + "rules: []\nname: \"\"",
            "p.yaml:4:7: name must be 1 to 100 printable characters"),
        Arguments.of(HEAD + "rules: []\nname: 5", "p.yaml:4:7: name must be text, not \"5\""),
        Arguments.of(
            HEAD + "rules: []\nlog: yes", "p.yaml:4:6: log must be true or false, not \"yes\""),
        Arguments.of(HEAD + "rules: {}", "p.yaml:3:8: rules must be a list, not a mapping"),
        Arguments.of(HEAD + "rules: [read]", "p.yaml:3:9: a rule must be a mapping, not \"read\""),
        Arguments.of(
            HEAD + "rules: [{}]",
            "p.yaml:3:9: a rule needs an action, as in \"allow: [read, write]\""),
        Arguments.of(
            HEAD + "rules:\n  - errno EPRM: [read]",
            "p.yaml:4:5: unknown error name \"EPRM\"; did you mean \"EPERM\"?"),
        Arguments.of(
            HEAD + "rules:\n  - allow: [read]\n    trap: [write]",
            "p.yaml:5:5: unknown key \"trap\" in a rule with one action (known: when,"
                + " because, arch)"),
        Arguments.of(
            HEAD + "rules:\n  - allow: []",
            "p.yaml:4:12: the rule lists no system call; add one or remove the rule"),
        Arguments.of(
            HEAD + "rules:\n  - allow: read",
            "p.yaml:4:12: the system calls of a rule must be a list, not \"read\""),
        Arguments.of(
            HEAD + "rules:\n  - allow: [63]",
            "p.yaml:4:13: a system call must be text, not \"63\""),
        Arguments.of(
            HEAD + "rules:\n  - allow: [\"re ad\"]",
            "p.yaml:4:13: \"re ad\" is not spelt like a system call"),
        Arguments.of(
            HEAD + "rules:\n  - allow: [read, write, read]",
            "p.yaml:4:26: \"read\" is listed twice in this rule; remove one (first at"
                + " p.yaml:4:13)"),
        Arguments.of(
            HEAD + "rules:\n  - allow: [read]\n  - allow: [read]",
            "p.yaml:5:13: \"read\" is in an earlier rule with the same action; remove one (first at"
                + " p.yaml:4:13)"),
        Arguments.of(
            HEAD + "rules:\n  - allow: [read]\n  - errno EPERM: [write, read]",
            "p.yaml:5:26: \"read\" is given \"errno EPERM\" here and \"allow\" before; keep one of"
                + " them (first at p.yaml:4:13)"),
        Arguments.of(HEAD + "rules: &x []", "p.yaml:3:8: anchor &x; anchors are not allowed"),
        Arguments.of(HEAD + "rules: *x", "p.yaml:3:8: alias *x; aliases are not allowed"),
        Arguments.of(
            HEAD + "rules: !!seq []",
            "p.yaml:3:8: tag tag:yaml.org,2002:seq; tags are not allowed"),
        Arguments.of(HEAD + "rules: []\nname: !x aGk=", "p.yaml:4:7: tag !x; tags are not allowed"),
        Arguments.of(
            HEAD + "rules: []\n---\nversion: 1",
            "p.yaml:4:1: a second document; a file holds one policy"),
        Arguments.of("[".repeat(100_000), "p.yaml:1:17: nested more than 16 levels deep"),
        Arguments.of(HEAD + "rules: [}", "p.yaml:3:9: not YAML: "),
        Arguments.of(HEAD + "\trules: []", "p.yaml:3:1: not YAML: "),
        Arguments.of(HEAD + "name: \u0001", "p.yaml:3:7: character U+0001 may not be in YAML"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void namesThePlaceAndTheRemedy(String text, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p.yaml"))
        .withMessageStartingWith(message);
  }

  @Test
  void aContradictionCarriesBothPlaces() {
    String text = HEAD + "rules:\n  - allow: [read]\n  - trap: [read]";
    PolicyException e =
        catchThrowableOfType(
            PolicyException.class,
            () -> YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p.yaml"));
    assertThat(e.position().line()).isEqualTo(5);
    assertThat(e.earlier()).hasValueSatisfying(earlier -> assertThat(earlier.line()).isEqualTo(4));
  }

  @Test
  void badEncodingIsNamedWhereItIs() {
    byte[] bytes = (HEAD + "name: ä").getBytes(StandardCharsets.ISO_8859_1);
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> YamlPolicyReader.read(bytes, "p.yaml"))
        .withMessage("p.yaml:3:7: byte 0xe4 is not UTF-8; save the file as UTF-8");
  }

  @Test
  void cutOffEncodingIsAnError() {
    byte[] bytes = {'#', (byte) 0xc3};
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> YamlPolicyReader.read(bytes, "p.yaml"))
        .withMessage("p.yaml:1:2: byte 0xc3 is not UTF-8; save the file as UTF-8");
  }

  @Test
  void hugeFilesAreRefusedUnread() {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> YamlPolicyReader.read(new byte[(4 << 20) + 1], "p.yaml"))
        .withMessage(
            "p.yaml: the file is larger than 4194304 bytes, the most that a policy may have");
  }
}
