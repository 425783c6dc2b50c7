package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code verify} can be told to demand, and how it reports on many files. */
@Tag("system")
class VerifyOptionsTest {
  @TempDir private Path directory;
  private SigningRoom room;
  private Path signed;

  @BeforeEach
  void signedFile() throws IOException {
    room = new SigningRoom(directory);
    var root = TestCertificate.root();
    room.write("root", root);
    room.write("vendor", TestCertificate.signer("Vendor").by(root).make());
    signed = room.sign(room.patched("start-raw"), "vendor", "signed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "- kill-process: [uname] | 0 | the file allows nothing that the given policy does not",
        "- log: [ptrace] | 0 | the file allows nothing that the given policy does not",
        "- errno EPERM: [uname] | 0 | the file allows nothing that the given policy does not",
        "- errno EPERM: [uname, ptrace] | 5 | a call that the given policy does not: ptrace",
        "- errno EPERM: [uname, mount] | 5 | a call that the given policy does not: mount",
      })
  void policyAsALimit(String rule, int code, String message) throws IOException {
    Path policy = room.file("limit.yaml");
    Files.writeString(policy, "version: 1\nname: limit\ndefault: allow\nrules:\n  " + rule + "\n");
    Outcome outcome = room.verify(signed, "--require-policy-at-least", policy);
    outcome.endsWith(code);
    assertThat(outcome.out()).contains(message);
  }

  @Test
  void requiredPolicyAndOriginal() throws IOException {
    Path policy = room.file("policy.yaml");
    Files.writeString(
        policy, "version: 1\nname: deny-list\ndefault: allow\nrules:\n  - kill-process: [uname]\n");
    Outcome outcome =
        room.verify(
            signed, "--require-policy", policy, "--original", Fixtures.named("start-raw").path());
    outcome.succeeds();
  }

  @Test
  void signerByDigestOfItsCertificate() {
    String line = room.line("openssl x509 -in vendor.pem -noout -fingerprint -sha256").strip();
    String digest = line.substring(line.indexOf('=') + 1);
    assertThat(room.verify(signed, "--require-signer", digest).status()).isZero();
    assertThat(room.verify(signed, "--require-signer", digest.replace(":", "")).status()).isZero();
    assertThat(room.verify(signed, "--require-signer", "CN=vendor").status()).isEqualTo(5);
  }

  @Test
  void treesAreSummarised() throws IOException {
    Path tree = Files.createDirectories(room.file("tree/usr/bin"));
    Files.copy(signed, tree.resolve("a-signed"));
    Files.copy(room.patched("start-raw"), tree.resolve("b-unsigned"));
    Files.copy(Fixtures.named("gcc-pie").path(), tree.resolve("c-plain"));
    Files.copy(Fixtures.named("libwait.so").path(), tree.resolve("library.so"));
    Files.writeString(tree.resolve("script"), "#!/bin/sh\n");
    Files.createSymbolicLink(tree.resolve("link"), tree.resolve("a-signed"));
    byte[] damaged = Files.readAllBytes(signed);
    damaged[70] ^= 1;
    Files.write(tree.resolve("d-damaged"), damaged);
    Outcome outcome = room.verify(room.file("tree"));
    assertThat(outcome.status()).isEqualTo(5);
    assertThat(outcome.out().replace(tree.toString(), "TREE"))
        .contains("confined                      TREE/a-signed  (CN=Vendor)\n")
        .contains(
            "unsigned                      TREE/b-unsigned  signatures: the file is not signed\n")
        .contains("not hard-wired                TREE/c-plain\n")
        .contains("changed since it was patched  TREE/d-damaged")
        .doesNotContain("library.so", "script", "TREE/link")
        .endsWith(
            "4 files: confined 1, changed since it was patched 1, not hard-wired 1, unsigned 1;"
                + " signed 1; symbolic links not followed: 1\n");
    Files.delete(tree.resolve("d-damaged"));
    Outcome audit = room.verify(room.file("tree"), "--allow-unsigned");
    audit.succeeds();
    assertThat(audit.out())
        .endsWith(
            "3 files: confined 2, not hard-wired 1; signed 1;"
                + " symbolic links not followed: 1\n");
    Files.delete(tree.resolve("c-plain"));
    assertThat(Cli.ok("verify", "--ignore-signatures", room.file("tree")).out())
        .contains("confined        " + tree + "/a-signed\n")
        .endsWith("2 files: confined 2; symbolic links not followed: 1\n");
  }

  @Test
  void jsonFollowsItsSchema() throws IOException {
    Files.writeString(
        room.file("report.json"), room.verify(signed, room.patched("gcc-pie"), "--json").out());
    room.output(
        "/usr/bin/python3",
        "-c",
        """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        report = json.load(open(sys.argv[2]))
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(report, schema)
        assert len(report) == 2 and report[0]["signatures"][0]["signer"] == "CN=Vendor"
        assert report[0]["verified"] and not report[1]["verified"]
        """,
        Path.of("../docs/verify.schema.json").toAbsolutePath(),
        room.file("report.json"));
  }
}
