package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys in a PKCS#11 token, IMA signatures that evmctl checks, and attestations. */
@Tag("system")
class TokenAndKernelTest {
  @TempDir private Path directory;
  private SigningRoom room;
  private OpensslKeys keys;

  @BeforeEach
  void keys() throws IOException {
    room = new SigningRoom(directory);
    keys = new OpensslKeys(room);
    Files.writeString(room.file("pin"), "4711\n");
  }

  @Test
  void tokenSigns() throws IOException {
    keys.signer("vendor", "RSA-3072");
    keys.signer("ec", "P-256");
    room.fillToken("vendor", "ec");
    try (CommandLoop commands = new CommandLoop(room.tokens())) {
      Path wrong = Files.writeString(room.file("wrong"), "0000\n");
      Outcome refused = signByToken(commands, "vendor", wrong);
      assertThat(refused.status()).isEqualTo(2);
      assertThat(refused.err()).contains("the token cannot be used");
      assertThat(room.file("signed-vendor")).doesNotExist();
      signByToken(commands, "vendor", room.file("pin")).succeeds();
      signByToken(commands, "ec", room.file("pin")).succeeds();
    }
    assertThat(room.verify(room.file("signed-vendor")).succeeds().out())
        .contains("CN=vendor", "RSA-PSS with SHA-256");
    assertThat(room.verify(room.file("signed-ec")).succeeds().out())
        .contains("CN=ec", "ECDSA with SHA-256");
  }

  private Outcome signByToken(CommandLoop commands, String key, Path pin) {
    return commands.run(
        "sign",
        "--pkcs11-module",
        SigningRoom.TOKEN,
        "--key",
        key,
        "--password-file",
        pin,
        "-o",
        room.file("signed-" + key),
        room.patched("start-raw"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA-3072", "P-256", "P-384"})
  void evmctlAcceptsImaSignatures(String kind) {
    keys.signer("vendor", kind);
    Path signed = room.sign(room.patched("start-raw"), "vendor", "signed", "--ima");
    room.line("openssl x509 -in vendor.pem -outform DER -out vendor.der");
    String hash = kind.equals("P-384") ? "sha384" : "sha256";
    Outcome checked =
        room.tool("evmctl", "ima_verify", "-v", "-a", hash, "--key", "vendor.der", signed);
    checked.succeeds();
    assertThat(checked.out()).contains("verification is OK");
    assertThat(room.verify(signed).status()).isZero();
    room.output("sh", "-c", "printf x >> " + signed);
    assertThat(
            room.tool("evmctl", "ima_verify", "-a", hash, "--key", "vendor.der", signed).status())
        .isNotZero();
  }

  @Test
  void imaNeedsAKeyThatTheKernelTakes() {
    keys.signer("vendor", "ED25519");
    Outcome outcome =
        room.trySign("vendor", "--ima", "-o", room.file("signed"), room.patched("start-raw"));
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).contains("IMA signatures need an RSA or ECDSA key, not Ed25519");
  }

  @Test
  void attestationIsAnInTotoStatementThatOpensslCanCheck() throws IOException {
    keys.signer("vendor", "P-256");
    Path patched = room.patched("start-raw");
    Path signed = room.sign(patched, "vendor", "signed", "--attest", room.file("attestation.json"));
    JsonObject envelope =
        JsonParser.parseString(Files.readString(room.file("attestation.json"))).getAsJsonObject();
    assertThat(envelope.get("payloadType").getAsString()).isEqualTo("application/vnd.in-toto+json");
    byte[] payload = Base64.getDecoder().decode(envelope.get("payload").getAsString());
    JsonObject statement =
        JsonParser.parseString(new String(payload, StandardCharsets.UTF_8)).getAsJsonObject();
    assertThat(statement.get("_type").getAsString()).isEqualTo("https://in-toto.io/Statement/v1");
    JsonObject subject = statement.getAsJsonArray("subject").get(0).getAsJsonObject();
    assertThat(subject.get("name").getAsString()).isEqualTo("signed");
    assertThat(room.output("sha256sum", signed))
        .startsWith(subject.getAsJsonObject("digest").get("sha256").getAsString());
    JsonObject patch =
        statement.getAsJsonObject("predicate").getAsJsonArray("patches").get(0).getAsJsonObject();
    Cli.ok("restore", "-o", room.file("restored"), signed);
    assertThat(room.output("sha256sum", room.file("restored")))
        .startsWith(patch.getAsJsonObject("original").get("sha256").getAsString());
    assertThat(patch.get("policyText").getAsString()).contains("kill-process: [uname]");

    String encoding =
        "DSSEv1 28 application/vnd.in-toto+json "
            + payload.length
            + " "
            + new String(payload, StandardCharsets.UTF_8);
    Files.writeString(room.file("pae"), encoding);
    JsonObject signature = envelope.getAsJsonArray("signatures").get(0).getAsJsonObject();
    Files.write(room.file("sig"), Base64.getDecoder().decode(signature.get("sig").getAsString()));
    room.output("sh", "-c", "openssl x509 -in vendor.pem -noout -pubkey > pub.pem");
    assertThat(room.line("openssl dgst -sha256 -verify pub.pem -signature sig pae"))
        .contains("Verified OK");
  }

  @ParameterizedTest
  @ValueSource(strings = {"P-256", "ED25519", "RSA-3072"})
  void cosignChecksStatementsAboutAFile(String kind) throws IOException {
    keys.signer("vendor", kind);
    Object[] more = {"--attest", room.file("a.json"), "--provenance", room.file("p.json")};
    if (kind.startsWith("RSA")) {
      more = SigningRoom.concat(more, new Object[] {"--rsa-pkcs1"});
    }
    Path signed = room.sign(room.patched("start-raw"), "vendor", "signed", more);
    room.output("sh", "-c", "openssl x509 -in vendor.pem -noout -pubkey > pub.pem");
    String own = "'pkg:maven/dev.hardwire/hardwire#docs/predicate-v1.md'";
    String check =
        "cosign verify-blob-attestation --key pub.pem --insecure-ignore-tlog --type %s"
            + " --signature %s %s 2>&1";
    assertThat(room.output("sh", "-c", check.formatted("slsaprovenance1", "p.json", signed)))
        .endsWith("Verified OK\n");
    assertThat(room.output("sh", "-c", check.formatted(own, "a.json", signed)))
        .endsWith("Verified OK\n");
    Files.writeString(signed, "x", StandardOpenOption.APPEND);
    Outcome changed = room.tool("sh", "-c", check.formatted("slsaprovenance1", "p.json", signed));
    assertThat(changed.status()).isNotZero();
  }

  @Test
  void provenanceNamesTheOriginalAndTheBuilder() throws IOException {
    keys.signer("vendor", "P-256");
    Path patched = room.patched("start-raw");
    room.sign(
        patched, "vendor", "signed", "--provenance", room.file("p"), "--builder-id", "urn:x:y");
    JsonObject envelope =
        JsonParser.parseString(Files.readString(room.file("p"))).getAsJsonObject();
    byte[] payload = Base64.getDecoder().decode(envelope.get("payload").getAsString());
    JsonObject statement =
        JsonParser.parseString(new String(payload, StandardCharsets.UTF_8)).getAsJsonObject();
    assertThat(statement.get("predicateType").getAsString())
        .isEqualTo("https://slsa.dev/provenance/v1");
    JsonObject predicate = statement.getAsJsonObject("predicate");
    Cli.ok("restore", "-o", room.file("restored"), patched);
    String original = room.output("sha256sum", room.file("restored")).substring(0, 64);
    assertThat(predicate.getAsJsonObject("buildDefinition").get("resolvedDependencies"))
        .hasToString("[{\"name\":\"program\",\"digest\":{\"sha256\":\"%s\"}}]".formatted(original));
    assertThat(predicate.getAsJsonObject("runDetails").getAsJsonObject("builder").get("id"))
        .hasToString("\"urn:x:y\"");
    Outcome alone =
        room.trySign("vendor", "--builder-id", "urn:x:y", "-o", room.file("o"), patched);
    alone.endsWith(2);
    assertThat(alone.err()).contains("--builder-id requires --provenance");
  }

  @Test
  void patchMakesThemInOneGo() throws IOException {
    keys.signer("vendor", "P-256");
    Path fixture = Fixtures.named("start-raw").path();
    Object[] patch = {
      "patch",
      "--deny",
      "uname",
      "--sign-key",
      room.file("vendor.key"),
      "--sign-cert",
      room.file("vendor.pem"),
      "--attest",
      room.file("attestation.json"),
      "--ima",
      "-o",
      room.file("wired"),
      fixture
    };
    Cli.ok(patch);
    room.line("openssl x509 -in vendor.pem -outform DER -out vendor.der");
    room.line("evmctl ima_verify -a sha256 --key vendor.der wired");
    assertThat(room.verify(room.file("wired")).status()).isZero();
    String once = Files.readString(room.file("attestation.json"));
    assertThat(once).contains("\"payloadType\": \"application/vnd.in-toto+json\"");
    room.sign(room.patched("start-raw"), "vendor", "wired", "--attest", room.file("a"));
    assertThat(room.file("a")).hasContent(once);
  }

  @Test
  void imaSignatureOfTheInputDoesNotSurvive() throws IOException {
    keys.signer("vendor", "P-256");
    Path input = room.file("input");
    Files.copy(room.patched("start-raw"), input);
    room.line("setfattr -n security.ima -v 0x030204 %s".formatted(input));
    room.line("setfattr -n user.kept -v yes %s".formatted(input));
    Path signed = room.sign(input, "vendor", "signed");
    Cli.ok("restore", "-o", room.file("restored"), input);
    for (Path output : new Path[] {signed, room.file("restored")}) {
      assertThat(room.output("getfattr", "-m", "-", output))
          .contains("user.kept")
          .doesNotContain("ima");
    }
    assertThat(room.output("getfattr", "-m", "security", input)).contains("security.ima");
  }

  @ParameterizedTest
  @CsvSource({
    "sign --attest OUT -o OUT, is the result",
    "sign --provenance OUT -o OUT, is the result",
    "sign --provenance FILE -o OUT, is the input",
    "sign --provenance pin --attest pin -o OUT, is the attestation",
    "sign --attest FILE -o OUT, is the input",
    "sign --attest vendor.key -o OUT, is the key",
    "sign --attest vendor.pem -o OUT, is a certificate",
    "sign --attest pin --password-file pin -o OUT, is the password",
    "sign --attest FILE --in-place, is the input",
    "sign -o vendor.key, is the key",
    "sign -o vendor.pem, is a certificate",
    "sign -o pin --password-file pin, is the password",
    "sign --detached FILE, is the input",
    "sign --detached vendor.key, is the key",
    "patch --deny ptrace --stack --attest OUT -o OUT, is the result",
    "patch --deny ptrace --stack --attest FILE -o OUT, is the input",
    "patch --deny ptrace --stack -o vendor.key, is the key",
    "patch --policy vendor-policy --stack -o vendor-policy, is the policy",
  })
  void nothingThatIsReadIsOverwritten(String words, String message) throws IOException {
    keys.signer("vendor", "P-256");
    Path patched = room.patched("start-raw");
    Files.writeString(room.file("vendor-policy"), "version: 1\nname: x\ndefault: log\nrules: []\n");
    byte[] key = Files.readAllBytes(room.file("vendor.key"));
    byte[] content = Files.readAllBytes(patched);
    String command =
        (words + " --sign-key vendor.key --sign-cert vendor.pem FILE")
            .replaceAll("(vendor|pin|OUT)", directory + "/$1")
            .replace("FILE", patched.toString());
    Outcome outcome = Cli.run((Object[]) command.split(" ", -1));
    outcome.endsWith(2);
    assertThat(outcome.err()).contains(message);
    assertThat(patched).hasBinaryContent(content);
    assertThat(room.file("vendor.key")).hasBinaryContent(key);
    assertThat(room.file("OUT")).doesNotExist();
  }

  @Test
  void extractDoesNotOverwriteItsInput() throws IOException {
    keys.signer("vendor", "P-256");
    Path signed = room.sign(room.patched("start-raw"), "vendor", "parts.content");
    byte[] content = Files.readAllBytes(signed);
    Outcome outcome = Cli.run("sign", "--extract", room.file("parts"), signed);
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).contains("is the input");
    assertThat(signed).hasBinaryContent(content);
    assertThat(room.file("parts.p7s")).doesNotExist();
  }
}
