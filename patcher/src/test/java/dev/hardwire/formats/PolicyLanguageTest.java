package dev.hardwire.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a policy can say once: reasons, groups, constants, includes, sections for architectures. */
class PolicyLanguageTest {
  private static final String HEAD = "version: 1\ndefault: trap\n";

  @TempDir Path folder;

  private static Policy read(String text) {
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p.yaml");
  }

  private static String rules(Policy policy) {
    String text = YamlPolicyWriter.write(policy);
    return text.substring(text.indexOf("rules:"), text.indexOf("no_new_privs"));
  }

  private static void same(String text, String plain) {
    Policy policy = read(HEAD + text);
    assertThat(policy).isEqualTo(read(HEAD + plain));
    assertThat(read(YamlPolicyWriter.write(policy))).isEqualTo(policy);
  }

  @Test
  void aReasonIsOneLineAndSurvives() {
    Policy policy =
        read(HEAD + "rules:\n  - allow: [socket]\n    because: >\n      it talks\n      TCP\n");
    assertThat(policy.rules().get(0).reason()).contains("it talks TCP");
    assertThat(rules(policy))
        .isEqualTo("rules:\n  - allow: [socket]\n    because: \"it talks TCP\"\n");
    assertThat(read(YamlPolicyWriter.write(policy))).isEqualTo(policy);
    assertThat(policy).isNotEqualTo(read(HEAD + "rules: [{allow: [socket]}]"));
  }

  @Test
  void ownGroupsStandForTheirMembers() {
    same(
        "groups: {web: ['@network-io', accept4], '@all': ['@web', read]}\n"
            + "rules: [{allow: ['@all', '~@web', write]}]",
        "rules: [{allow: ['@network-io', accept4, read, '~@network-io', '~accept4', write]}]");
  }

  @Test
  void ownConstantsStandForTheirValues() {
    same(
        "constants: {A: 0x5401, B: [A, TIOCSTI], C: 'O_CREAT | O_EXCL'}\n"
            + "rules: [{allow: [ioctl], when: 'cmd in B || cmd in [3, B] || cmd == A'},"
            + " {allow: [open], when: '(flags & (C | O_TRUNC)) == ~C'}]",
        "rules: [{allow: [ioctl], when: 'cmd in [0x5401, TIOCSTI] || cmd in [3, 0x5401, TIOCSTI]"
            + " || cmd == 0x5401'}, {allow: [open], when: '(flags & (O_CREAT | O_EXCL | O_TRUNC))"
            + " == ~(O_CREAT | O_EXCL)'}]");
  }

  @Test
  void sectionsForArchitecturesComeFirst() {
    same(
        "arch: {arm64: {rules: [{errno EPERM: [read]}]}}\nrules: [{allow: [read]}]",
        "rules: [{errno EPERM: [read], arch: aarch64}, {allow: [read]}]");
    same(
        "arch: {arm: {rules: [{trap: [read], arch: arm}]}}\nrules: [{allow: [read]}]",
        "rules: [{trap: [read], arch: arm}, {allow: [read]}]");
    Rule first = read(HEAD + "rules: [{allow: [read], arch: [arm, amd64]}]").rules().get(0);
    assertThat(first.architectures()).containsExactly("arm", "x86_64");
  }

  @Test
  void numbersThatTheTablesDoNotNameAreTheLastRule() {
    same(
        "unknown-calls: errno ENOSYS\nnewer-calls: log\nrules: [{allow: [read, 'nr 335']}]",
        "rules: [{allow: [read, 'nr 335']}, {errno ENOSYS: ['@unknown-calls']}, {log:"
            + " ['@newer-calls']}]");
  }

  @Test
  void intentsAreRulesWithReasons() {
    Policy policy = read(HEAD + "rules: [{errno EPERM: ['@pledge-wpath', read, '~fallocate']}]");
    assertThat(rules(policy)).startsWith("rules:\n  - errno EPERM: [read, \"~fallocate\"]\n");
    assertThat(policy.rules())
        .hasSize(3)
        .allMatch(rule -> rule.action().toString().equals("errno EPERM"));
    assertThat(policy.rules().get(1).reason()).isPresent();
    assertThat(policy.rules().get(2).calls()).extracting("name").doesNotContain("fallocate");
  }

  @ParameterizedTest
  @CsvSource({"'\"@pledge-proc\", \"~read\"'", "'\"@pledge-proc\", open, \"~read\"'"})
  void whatAnIntentDecidesIsDecided(String calls) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(HEAD + "rules: [{allow: [" + calls + "]}, {allow: [fork]}]"))
        .withMessageContaining("\"fork\" is in an earlier rule with the same action; remove one");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "groups: {web: [~read]}|p.yaml:3:16: a group lists calls; exclude \"read\" in a rule",
        "groups: {web: []}|p.yaml:3:15: the group lists no system call",
        "groups: {Web: [read]}|p.yaml:3:10: a group is named by small letters",
        "groups: {pledge-x: [read]}|p.yaml:3:10: \"@pledge-x\" is built in; choose another name",
        "groups: {a: ['@b'], b: ['@a']}|p.yaml:3:14: the group \"@a\" contains itself",
        "constants: {a: 1}|p.yaml:3:13: a constant begins with a capital letter",
        "constants: {A: B, B: A}|p.yaml:3:22: the constant A contains itself",
        "constants: {A: []}|p.yaml:3:16: the list of constants is empty",
        "constants: {A: [1, 2]}|p.yaml:4:62: A is a list; it is used as in \"fd in A\"",
        "constants: {A: 1, A: 2}|p.yaml:3:19: key \"A\" is given twice in constants",
        "arch: {mips: {rules: []}}|p.yaml:3:8: unknown architecture \"mips\"",
        "arch: {arm: {rules: [{trap: [seccomp], arch: [arm, i386]}]}}|p.yaml:3:46: the rule is for"
            + " i386, in a section of arch for arm; move it out of the section",
        "arch: {arm: {default: log}}|p.yaml:3:14: unknown key \"default\" in a section of arch",
        "unknown-calls: trace|p.yaml:3:16: \"trace\" (SECCOMP_RET_TRACE) asks a process",
        "newer-calls: notify|p.yaml:3:14: \"notify\" (SECCOMP_RET_USER_NOTIF) waits for another",
        "include: [x.yaml]|p.yaml:3:11: includes work in policy files only",
        "include: x.yaml|p.yaml:3:10: include must be a list",
      })
  void faultsHaveAPlace(String line, String message) {
    String rules = "\nrules: [{allow: ['@a', read]}, {allow: [fcntl], when: cmd == A}]";
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(HEAD + line + rules))
        .satisfies(e -> assertThat(e.getMessage()).startsWith(message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{allow: [read], because: ''}|because must be 1 to 500 printable characters",
        "{allow: [read], arch: []}|arch lists no architecture",
        "{allow: ['nr 12x']}|\"nr 12x\" is not spelt like a system call",
        "{allow: ['nr 9-3']}|\"nr 9-3\" is not spelt like a system call",
        "{allow: ['nr 0x100000000']}|\"nr 0x100000000\" is not spelt like a system call",
        "{allow: ['@pledge-stdoi']}|unknown intent \"@pledge-stdoi\"; did you mean"
            + " \"@pledge-stdio\"?",
        "{allow: [read, '~@pledge-stdio']}|\"@pledge-stdio\" has conditions and cannot be excluded",
        "{allow: ['@pledge-stdio'], when: fd == 1}|\"@pledge-stdio\" has conditions of its own",
      })
  void faultsOfRulesHaveAReason(String rule, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(HEAD + "rules: [" + rule + "]"))
        .satisfies(e -> assertThat(e.getMessage()).contains(message));
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void theIncludingFileComesFirst() throws IOException {
    Path root = Files.createDirectories(folder.resolve("root"));
    write(
        "root/lib/base.yaml",
        HEAD
            + "groups: {g: [read]}\nconstants: {N: 1}\nrules: [{allow:"
            + " ['@g', getpid, getuid]}, {allow: [write], when: fd == N}]");
    write(
        "my/other.yaml", "version: 1\nname: other\nno_new_privs: false\ninclude: [lib/base.yaml]");
    Path top =
        write(
            "my/top.yaml",
            "version: 1\ninclude: [other.yaml, /lib/base.yaml]\ngroups: {g: [close]}\n"
                + "constants: {N: 2}\nrules: [{errno EPERM: [getpid]}]");
    Policy policy = YamlPolicyReader.read(top, List.of(root));
    assertThat(policy.name()).isEqualTo("other");
    assertThat(policy.noNewPrivs()).isFalse();
    assertThat(rules(policy))
        .isEqualTo(
            """
            rules:
              - errno EPERM: [getpid]
              - allow: [close, getuid]
              - allow: [write]
                when: "fd == 2"
            """);
    assertThat(policy.defaultPosition().toString()).endsWith("lib/base.yaml:2:10");
  }

  @Test
  void includesHaveBounds() throws IOException {
    write("a.yaml", HEAD + "include: [b.yaml]");
    write("b.yaml", "version: 1\ninclude: [a.yaml]");
    fails("a.yaml", "b.yaml:2:11: \"a.yaml\" includes itself");
    write("c.yaml", HEAD + "include: [/etc/passwd]");
    fails("c.yaml", "is absolute; give a relative path, or --include-root DIR");
    write("d.yaml", HEAD + "include: [../no-such-policy.yaml]");
    fails("d.yaml", "cannot find \"../no-such-policy.yaml\"");
    for (int i = 0; i < 20; i++) {
      write("n" + i + ".yaml", HEAD + "include: [n" + (i + 1) + ".yaml]");
    }
    fails("n0.yaml", "n16.yaml:3:11: includes nested more than 16 deep");
    write("e.yaml", HEAD + "include: [f.yaml]");
    write("f.yaml", "version: 1\nrules: [{allow: [read], when: 'fd ='}]");
    fails("e.yaml", "f.yaml:2:");
  }

  private void fails(String file, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> YamlPolicyReader.read(folder.resolve(file)))
        .satisfies(e -> assertThat(e.getMessage()).contains(message));
  }

  @Test
  void aLinkOutOfTheSearchPathIsRefused() throws IOException {
    Path root = Files.createDirectories(folder.resolve("root"));
    Path elsewhere = write("elsewhere.yaml", "version: 1\nrules: []");
    Files.createSymbolicLink(root.resolve("link.yaml"), elsewhere);
    Path top = write("my/top.yaml", HEAD + "include: [link.yaml]");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> YamlPolicyReader.read(top, List.of(root)))
        .satisfies(e -> assertThat(e.getMessage()).contains("is outside the folder of the policy"));
  }
}
