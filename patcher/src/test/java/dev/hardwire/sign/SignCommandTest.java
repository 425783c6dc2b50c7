package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signing and verifying from the command line. */
class SignCommandTest {
  private static final String FIXTURE = "gcc-pie";
  @TempDir private Path directory;
  private SigningRoom room;
  private TestCertificate.Holder root;

  @BeforeEach
  void keys() throws IOException {
    room = new SigningRoom(directory);
    root = TestCertificate.root();
    room.write("root", root);
    room.write("vendor", TestCertificate.signer("Vendor").by(root).make());
    room.write("team", TestCertificate.signer("Security Team").key("Ed25519").by(root).make());
  }

  @Test
  void signedFileRunsVerifiesAndGivesTheOriginalBack() throws IOException {
    Path patched = room.patched(FIXTURE);
    Path signed = room.sign(patched, "vendor", "signed");
    assertThat(room.tool(signed).code()).isEqualTo(room.tool(patched).code());
    SigningRoom.Outcome verified = room.verify(signed);
    assertThat(verified.code()).as(verified.toString()).isZero();
    assertThat(verified.out())
        .contains("signatures: 1 signature\n")
        .contains("chain: CN=Vendor <- CN=Root; valid now")
        .contains("binding: original, policy and hook are those that the signer stated");
    SigningRoom.ok("restore", "-o", room.file("restored"), signed);
    assertThat(room.file("restored")).hasSameBinaryContentAs(Fixtures.named(FIXTURE).path());
    SigningRoom.ok("inspect", signed);
  }

  @Test
  void patchSignsInOneGo() {
    Path out = room.file("wired");
    SigningRoom.ok(
        "patch",
        "--deny",
        "uname",
        "--sign-key",
        room.file("vendor.key"),
        "--sign-cert",
        room.file("vendor.pem"),
        "-o",
        out,
        Fixtures.named(FIXTURE).path());
    assertThat(room.verify(out).code()).isZero();
    assertThat(out).hasSameBinaryContentAs(room.sign(room.patched(FIXTURE), "vendor", "later"));
  }

  @Test
  void severalSignaturesAreCountedAndEachVerified() {
    Path first = room.sign(room.patched(FIXTURE), "vendor", "first");
    Path both = room.sign(first, "team", "both");
    SigningRoom.Outcome verified =
        room.verify(
            both,
            "--require-signer",
            "CN=Vendor",
            "--require-signer",
            "CN=Security Team",
            "--require-signatures",
            "2");
    assertThat(verified.code()).as(verified.toString()).isZero();
    assertThat(verified.out()).contains("signatures: 2 signatures\n", "signature 2 chain:");
    assertThat(room.verify(first, "--require-signer", "CN=Security Team").failures())
        .contains("required-signer: no sound signature by CN=Security Team");
    assertThat(room.verify(first, "--require-signatures", "2").failures())
        .contains("required-signatures: 1 signers, 2 are required");
    SigningRoom.Outcome again = room.trySign("team", "-o", room.file("third"), both);
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err()).contains("CN=Security Team has signed the file already");
  }

  @Test
  void deterministicSchemesGiveTheSameBytes() {
    for (String name : new String[] {"vendor", "team"}) {
      Path once = room.sign(room.patched(FIXTURE), name, "once");
      Path twice = room.sign(room.patched(FIXTURE), name, "twice");
      assertThat(once).hasSameBinaryContentAs(twice);
    }
  }

  @Test
  void detachedSignatureVerifiesBesideTheFile() {
    Path patched = room.patched(FIXTURE);
    Path signature = room.file("file.p7s");
    for (String name : new String[] {"vendor", "team"}) {
      SigningRoom.ok(
          "sign",
          "--key",
          room.file(name + ".key"),
          "--cert",
          room.file(name + ".pem"),
          "--detached",
          signature,
          patched);
    }
    SigningRoom.Outcome verified = room.verify(patched, "--signature", signature);
    assertThat(verified.code()).as(verified.toString()).isZero();
    assertThat(verified.out()).contains("signatures: 2 signatures");
  }

  @Test
  void unsignedFileFailsUnlessItIsAllowed() {
    Path patched = room.patched(FIXTURE);
    SigningRoom.Outcome outcome = room.verify(patched);
    assertThat(outcome.code()).isEqualTo(5);
    assertThat(outcome.failures()).isEqualTo("  FAIL signatures: the file is not signed");
    assertThat(room.verify(patched, "--allow-unsigned").code()).isZero();
  }

  @Test
  void signatureThatCannotBeCheckedFails() {
    Path signed = room.sign(room.patched(FIXTURE), "vendor", "signed");
    SigningRoom.Outcome outcome = SigningRoom.run("verify", signed);
    assertThat(outcome.code()).isEqualTo(5);
    assertThat(outcome.failures())
        .contains("without trust anchors (--trust) that cannot be checked");
    assertThat(SigningRoom.run("verify", "--ignore-signatures", signed).code()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--replace", "--stack"})
  void changingAPolicyRemovesTheSignature(String how) {
    Path signed = room.sign(room.patched(FIXTURE), "vendor", "signed");
    Path changed = room.file("changed");
    SigningRoom.Outcome outcome =
        SigningRoom.ok("patch", how, "--deny", "ptrace", "-o", changed, signed);
    assertThat(outcome.err()).contains("warning: its signatures are removed");
    assertThat(SigningRoom.run("verify", changed).code()).isZero();
    Path again = room.sign(changed, "team", "again");
    assertThat(room.verify(again).code()).as(room.verify(again).toString()).isZero();
  }

  @Test
  void whatDoesNotVerifyIsNotSigned() throws IOException {
    byte[] bytes = Files.readAllBytes(room.patched(FIXTURE));
    bytes[bytes.length / 2] ^= 1;
    Path damaged = room.file("damaged");
    Files.write(damaged, bytes);
    SigningRoom.Outcome outcome = room.trySign("vendor", "-o", room.file("x"), damaged);
    assertThat(outcome.code()).isEqualTo(5);
    assertThat(room.file("x")).doesNotExist();
    assertThat(room.trySign("vendor", "--in-place", damaged).code()).isEqualTo(5);
    assertThat(damaged).hasBinaryContent(bytes);
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left.map(Path::toString)).noneMatch(name -> name.endsWith(".tmp"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "verify --require-signer CN=X FILE | hardwire: options about signatures require trust anchors: give --trust",
        "verify --crl FILE FILE | hardwire: options about signatures require trust anchors: give --trust",
        "verify --ignore-signatures --trust FILE FILE | --ignore-signatures cannot be used together with options about signatures",
        "sign -o X FILE | hardwire: no key: give --key KEY",
        "sign --key K --detached A --extract B FILE | cannot be used together",
        "sign --key K --detached A -o B FILE | no other output",
        "patch --deny uname --sign-cert FILE -o X FILE | hardwire: options about signing require --sign-key KEY",
      })
  void wrongUsage(String command, String message) {
    Path patched = room.patched(FIXTURE);
    SigningRoom.Outcome outcome =
        SigningRoom.run((Object[]) command.replace("FILE", patched.toString()).split(" "));
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains(message);
  }
}
