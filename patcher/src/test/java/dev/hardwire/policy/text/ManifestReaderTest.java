package dev.hardwire.policy.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.policy.PolicyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ManifestReaderTest {
  private static final String HEAD = "version: 1\nfiles:\n";
  private static final String RULE = HEAD + "  - match: a\n    policy: p\n";

  @TempDir Path folder;

  private Manifest read(String text) throws IOException {
    return ManifestReader.read(Files.writeString(folder.resolve("m.yaml"), text));
  }

  @Test
  void pathsAreRelativeToTheManifest() throws IOException {
    Manifest manifest =
        read(
            """
            version: 1
            root: tree
            signing:
              key: "pkcs11:token=T"
              cert: [a.pem, /b.pem]
              password_env: PIN
              rsa_pkcs1: true
            files:
              - match: ["bin/*", "sbin/*"]
                policy: sub/p.yaml
                library: /usr/lib/h.so
                map_missing_calls: true
              - match: x
                leave: true
            """);
    assertThat(manifest.root().orElseThrow().text()).isEqualTo(folder.resolve("tree").toString());
    Manifest.Rule first = manifest.rules().get(0);
    assertThat(first.files()).extracting(Manifest.Text::text).containsExactly("bin/*", "sbin/*");
    assertThat(first.settings())
        .extracting(s -> s.option() + "=" + s.value())
        .containsExactly(
            "policy=" + folder.resolve("sub/p.yaml"),
            "mode=needed",
            "library=/usr/lib/h.so",
            "map-missing-calls=");
    assertThat(first.signing())
        .extracting(s -> s.option() + "=" + s.value())
        .containsExactly(
            "key=pkcs11:token=T",
            "cert=" + folder.resolve("a.pem"),
            "cert=/b.pem",
            "password-env=PIN",
            "rsa-pkcs1=");
    assertThat(manifest.rules().get(1).leave()).isTrue();
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of("", "m.yaml: the file is empty"),
        Arguments.of("files: []\n", "1:1: the manifest has no \"version\"; add it"),
        Arguments.of("version: 2\nfiles: []\n", "1:10: this release reads version 1"),
        Arguments.of("version: 1\n", "1:1: the manifest has no \"files\"; add it"),
        Arguments.of("version: 1\nfiles: []\n", "2:8: the manifest names no files"),
        Arguments.of(RULE + "file: x\n", "5:1: unknown key \"file\" in the manifest; did you mean"),
        Arguments.of(RULE + "files: []\n", "5:1: key \"files\" is given twice in the manifest"),
        Arguments.of(HEAD + "  - match: a\n", "3:5: an entry of files has no \"policy\"; add it"),
        Arguments.of(HEAD + "  - match: a\n    derive: always\n", "4:13: derive is again or once"),
        Arguments.of(
            RULE + "    derive: once\n", "5:13: an entry has a policy, a preset or derive; remove"),
        Arguments.of(
            HEAD + "  - match: a\n    derive: once\n    library: l.so\n",
            "5:14: library and derive cannot be used together"),
        Arguments.of(HEAD + "  - policy: p\n", "3:5: an entry of files has no \"match\"; add it"),
        Arguments.of(HEAD + "  - match: []\n    policy: p\n", "3:12: match lists no pattern"),
        Arguments.of(HEAD + "  - match: [a, 5]\n    policy: p\n", "3:16: a pattern must be text"),
        Arguments.of(
            RULE + "    hook: entri\n", "5:11: unknown hook \"entri\"; did you mean \"entry\"?"),
        Arguments.of(RULE + "    hook: init\n    library: l\n", "6:14: a library has no hook"),
        Arguments.of(RULE + "    hooks: init\n", "5:5: unknown key \"hooks\" in an entry of files"),
        Arguments.of(RULE + "    policy: q\n", "5:5: key \"policy\" is given twice"),
        Arguments.of(
            RULE + "    leave: true\n", "4:5: \"policy\" has no meaning for files that are"),
        Arguments.of(RULE + "    signing: true\n", "5:14: signing must be false, or say which key"),
        Arguments.of(RULE + "    signing: {cert: c}\n", "5:14: signing has no \"key\"; add it"),
        Arguments.of(
            RULE + "    signing: {key: k, pin: 1}\n", "5:23: unknown key \"pin\" in signing"),
        Arguments.of(RULE + "    signing: {key: k, digest: \"\"}\n", "5:31: the text is empty"),
        Arguments.of(HEAD + "  - &a\n    match: a\n    policy: p\n", "3:5: "),
        Arguments.of(HEAD + "  - *a\n", "3:5: "),
        Arguments.of(HEAD + "  - !!set {match: a}\n", "3:5: "),
        Arguments.of(HEAD + "  " + "[".repeat(40) + "]".repeat(40) + "\n", "3:"),
        Arguments.of("version: 1\nfiles: [\n", "3:1: "),
        Arguments.of(RULE + "---\n" + RULE, "5:1: "));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void whatIsWrongIsToldWithItsPlace(String text, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(text))
        .withMessageContaining(message);
  }

  @Test
  void hugeManifestsAreRefused() {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(RULE + "# " + "x".repeat(5_000_000)))
        .withMessageContaining("m.yaml: the file is larger than 4194304 bytes");
  }
}
