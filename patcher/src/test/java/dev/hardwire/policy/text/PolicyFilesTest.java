package dev.hardwire.policy.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyFilesTest {
  private static final String HEAD = "version: 1\ndefault: trap\nrules:\n";

  @TempDir Path outside;
  private Path folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createDirectory(outside.resolve("folder"));
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private Policy read() throws IOException {
    return YamlPolicyReader.read(folder.resolve("top.yaml"));
  }

  private void fails(String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(this::read)
        .satisfies(e -> assertThat(e.getMessage()).contains(message));
  }

  @Test
  void includedRulesStandWhereTheIncludeIs() throws IOException {
    write(
        "top.yaml",
        HEAD + "  - allow: [read]\n  - include: sub/one.yaml\n  - errno EPERM: [uname]\n");
    write("sub/one.yaml", "version: 1\nrules:\n  - log: [write]\n  - include: ../two.yaml\n");
    write("two.yaml", "version: 1\nname: two\nrules:\n  - allow: [close]\n    when: fd > 2\n");
    assertThat(YamlPolicyWriter.write(read()))
        .isEqualTo(
            """
            version: 1
            name: "unnamed"
            default: trap
            rules:
              - allow: [read]
              - log: [write]
              - allow: [close]
                when: "fd > 2"
              - errno EPERM: [uname]
            no_new_privs: true
            log: false
            """);
  }

  @Test
  void errorsInIncludedFilesNameThem() throws IOException {
    write("top.yaml", HEAD + "  - allow: [read]\n  - include: one.yaml\n");
    write("one.yaml", "version: 1\nrules:\n  - log: [read]\n");
    fails("one.yaml:3:11: \"read\" is given \"log\" here and \"allow\" before");
    write("one.yaml", "version: 1\ndefault: log\nrules: []\n");
    fails("one.yaml:2:1: unknown key \"default\" in an included policy");
  }

  @Test
  void loopsAndEscapesAreErrors() throws IOException {
    write("top.yaml", HEAD + "  - include: one.yaml\n");
    write("one.yaml", "version: 1\nrules:\n  - include: two.yaml\n");
    write("two.yaml", "version: 1\nrules:\n  - include: one.yaml\n");
    fails("two.yaml:3:14: \"one.yaml\" includes itself");
    write("two.yaml", "version: 1\nrules:\n  - include: top.yaml\n");
    fails("two.yaml:3:14: \"top.yaml\" includes itself");
    Files.writeString(outside.resolve("secret.yaml"), "version: 1\nrules: []\n");
    write("one.yaml", "version: 1\nrules:\n  - include: ../secret.yaml\n");
    fails("one.yaml:3:14: \"../secret.yaml\" is outside the folder of the policy");
    Files.createSymbolicLink(folder.resolve("link.yaml"), outside.resolve("secret.yaml"));
    write("one.yaml", "version: 1\nrules:\n  - include: link.yaml\n");
    fails("\"link.yaml\" is outside the folder of the policy");
    write("one.yaml", "version: 1\nrules:\n  - include: /etc/passwd\n");
    fails("\"/etc/passwd\" is absolute");
    write("one.yaml", "version: 1\nrules:\n  - include: nowhere.yaml\n");
    fails("cannot find \"nowhere.yaml\"");
    write("one.yaml", "version: 1\nrules:\n  - include: .\n");
    fails("\".\" is not a file");
  }

  @Test
  void manyIncludesAreAnError() throws IOException {
    write("top.yaml", HEAD + "  - include: one.yaml\n".repeat(101));
    write("one.yaml", "version: 1\nrules: []\n");
    fails("more than 100 includes");
  }

  @Test
  void aPolicyThatIsNoFileIncludesNothing() {
    byte[] text = (HEAD + "  - include: one.yaml\n").getBytes(StandardCharsets.UTF_8);
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> YamlPolicyReader.read(text, "p"))
        .withMessage("p:4:14: includes work in policy files only");
  }
}
