package dev.hardwire.sign;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signing and verifying from the command line. */
@Tag("system")
class SignCommandTest {
  private static final String FIXTURE = "gcc-pie";
  private static final TestCertificate.Holder ROOT = TestCertificate.root();
  private static final TestCertificate.Holder VENDOR =
      TestCertificate.signer("Vendor").by(ROOT).make();
  private static final TestCertificate.Holder TEAM =
      TestCertificate.signer("Security Team").key("Ed25519").by(ROOT).make();

  @TempDir private Path directory;
  private SigningRoom room;

  @BeforeEach
  void keys() throws IOException {
    room = new SigningRoom(directory);
    room.write("root", ROOT);
    room.write("vendor", VENDOR);
    room.write("team", TEAM);
  }

  @Test
  void signedFileRunsVerifiesAndGivesTheOriginalBack() throws IOException {
    Path patched = room.patched(FIXTURE);
    Path signed = room.sign(patched, "vendor", "signed");
    assertThat(room.tool(signed).status()).isEqualTo(room.tool(patched).status());
    Outcome verified = room.verify(signed);
    verified.succeeds();
    assertThat(verified.out())
        .contains("signatures: 1 signature\n")
        .contains("chain: CN=Vendor <- CN=Root; valid now")
        .contains("binding: original, policy and hook are those that the signer stated");
    Cli.ok("restore", "-o", room.file("restored"), signed);
    assertThat(room.file("restored")).has(sameBytesAs(Fixtures.named(FIXTURE).path()));
    Cli.ok("inspect", signed);
  }

  @Test
  void patchSignsInOneGo() {
    Path out = room.file("wired");
    Cli.ok(
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
    assertThat(room.verify(out).status()).isZero();
    assertThat(out).has(sameBytesAs(room.sign(room.patched(FIXTURE), "vendor", "later")));
  }

  @Test
  void verboseSaysHowAFileIsSigned() {
    Path patched = room.patched(FIXTURE);
    Outcome signed = room.trySign("team", "-v", "-o", room.file("signed"), patched).succeeds();
    String start = "hardwire: " + patched + ": note: ";
    assertThat(signed.err())
        .isEqualTo(
            start
                + "to be verified, and then signed: Ed25519 by CN=Security Team, with 1 certificate"
                + " and no time stamp\n");
    Outcome restored = Cli.ok("restore", "-v", "-o", room.file("back"), room.file("signed"));
    assertThat(restored.err())
        .contains(": note: its signatures are removed, as they are of the patched file\n");
  }

  @Test
  void severalSignaturesAreCountedAndEachVerified() {
    Path first = room.sign(room.patched(FIXTURE), "vendor", "first");
    Path both = room.sign(first, "team", "both");
    Outcome verified =
        room.verify(
            both,
            "--require-signer",
            "CN=Vendor",
            "--require-signer",
            "CN=Security Team",
            "--require-signatures",
            "2");
    verified.succeeds();
    assertThat(verified.out()).contains("signatures: 2 signatures\n", "signature 2 chain:");
    assertThat(room.verify(first, "--require-signer", "CN=Security Team").failedChecks())
        .contains("required-signer: no sound signature by CN=Security Team");
    assertThat(room.verify(first, "--require-signatures", "2").failedChecks())
        .contains("required-signatures: 1 signers, 2 are required");
    Outcome again = room.trySign("team", "-o", room.file("third"), both);
    assertThat(again.status()).isEqualTo(2);
    assertThat(again.err()).contains("CN=Security Team has signed the file already");
  }

  @Test
  void deterministicSchemesGiveTheSameBytes() {
    for (String name : new String[] {"vendor", "team"}) {
      Path once = room.sign(room.patched(FIXTURE), name, "once");
      Path twice = room.sign(room.patched(FIXTURE), name, "twice");
      assertThat(once).has(sameBytesAs(twice));
    }
  }

  @Test
  void detachedSignatureVerifiesBesideTheFile() {
    Path patched = room.patched(FIXTURE);
    Path signature = room.file("file.p7s");
    for (String name : new String[] {"vendor", "team"}) {
      Cli.ok(
          "sign",
          "--key",
          room.file(name + ".key"),
          "--cert",
          room.file(name + ".pem"),
          "--detached",
          signature,
          patched);
    }
    Outcome verified = room.verify(patched, "--signature", signature);
    verified.succeeds();
    assertThat(verified.out()).contains("signatures: 2 signatures");
  }

  @Test
  void unsignedFileFailsUnlessItIsAllowed() {
    Path patched = room.patched(FIXTURE);
    Outcome outcome = room.verify(patched);
    assertThat(outcome.status()).isEqualTo(5);
    assertThat(outcome.failedChecks()).isEqualTo("  FAIL signatures: the file is not signed");
    assertThat(room.verify(patched, "--allow-unsigned").status()).isZero();
  }

  @Test
  void signatureThatCannotBeCheckedFails() {
    Path signed = room.sign(room.patched(FIXTURE), "vendor", "signed");
    Outcome outcome = Cli.run("verify", signed);
    assertThat(outcome.status()).isEqualTo(5);
    assertThat(outcome.failedChecks())
        .contains("without trust anchors (--trust) that cannot be checked");
    assertThat(Cli.run("verify", "--ignore-signatures", signed).status()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--replace", "--stack"})
  void changingAPolicyRemovesTheSignature(String how) {
    Path signed = room.sign(room.patched(FIXTURE), "vendor", "signed");
    Path changed = room.file("changed");
    Outcome outcome = Cli.ok("patch", how, "--deny", "ptrace", "-o", changed, signed);
    assertThat(outcome.err()).contains("warning: its signatures are removed");
    assertThat(Cli.run("verify", changed).status()).isZero();
    Path again = room.sign(changed, "team", "again");
    assertThat(room.verify(again).status()).as(room.verify(again).toString()).isZero();
  }

  @Test
  void whatDoesNotVerifyIsNotSigned() throws IOException {
    byte[] bytes = Files.readAllBytes(room.patched(FIXTURE));
    bytes[bytes.length / 2] ^= 1;
    Path damaged = room.file("damaged");
    Files.write(damaged, bytes);
    Outcome outcome = room.trySign("vendor", "-o", room.file("x"), damaged);
    assertThat(outcome.status()).isEqualTo(5);
    assertThat(room.file("x")).doesNotExist();
    assertThat(room.trySign("vendor", "--in-place", damaged).status()).isEqualTo(5);
    assertThat(damaged).hasBinaryContent(bytes);
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left.map(Path::toString)).noneMatch(name -> name.endsWith(".tmp"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "verify --require-signer CN=X FILE | hardwire: options about signatures require trust"
            + " anchors: give --trust",
        "verify --crl FILE FILE | hardwire: options about signatures require trust anchors: give"
            + " --trust",
        "verify --ignore-signatures --trust FILE FILE | --ignore-signatures and --trust cannot be"
            + " used together",
        "sign -o X FILE | hardwire: no key: give --key KEY",
        "sign --key K --detached A --extract B FILE | --detached and --extract cannot be used"
            + " together",
        "sign --key K --detached A -o B FILE | --detached and --output cannot be used together",
        "patch --deny uname --sign-cert FILE -o X FILE | hardwire: options about signing require"
            + " --sign-key KEY",
      })
  void wrongUsage(String command, String message) {
    Path patched = room.patched(FIXTURE);
    Outcome outcome = Cli.run((Object[]) command.replace("FILE", patched.toString()).split(" "));
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).contains(message);
  }
}
