package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Signatures by the packaged command: its jar has only those classes of Bouncy Castle to which
 * others refer, so everything that the documentation names is done once.
 */
@Tag("system")
class SigningJarIT {
  /** A kind of key, the format of its file, and options. */
  private record Case(String kind, String format, List<String> options) {
    static Case of(String kind, String format, String... options) {
      return new Case(kind, format, List.of(options));
    }
  }

  private static final List<Case> CASES =
      List.of(
          Case.of("RSA-3072", "pkcs8"),
          Case.of("RSA-3072", "traditional-encrypted", "--digest", "sha384"),
          Case.of("RSA-3072", "pkcs12", "--rsa-pkcs1", "--digest", "sha512"),
          Case.of("RSA-3072", "jks", "--rsa-pkcs1"),
          Case.of("P-256", "traditional"),
          Case.of("P-384", "pkcs8-scrypt"),
          Case.of("P-521", "pkcs12-sha512"),
          Case.of("P-256", "pkcs8-des3", "--digest", "sha512"),
          Case.of("P-384", "pkcs12-scheme", "--digest", "sha256"),
          Case.of("ED25519", "pkcs8-encrypted"),
          Case.of("ED25519", "pkcs12"),
          Case.of("ML-DSA-65", "pkcs8-encrypted"),
          Case.of("ML-DSA-87", "pkcs12"));

  private static final Pattern KIND = Pattern.compile("RSA|P-\\d+|Ed25519|ML-DSA-\\d+");

  /** Runs commands of the packaged jar. */
  private static CommandLoop packaged;

  @TempDir private Path directory;
  private SigningRoom room;
  private Path program;

  @BeforeAll
  static void startLoop() throws IOException {
    packaged = new CommandLoop(any -> Cli.java(CommandLoop.class, Path.of("target/hardwire.jar")));
  }

  @AfterAll
  static void endLoop() {
    packaged.close();
  }

  @BeforeEach
  void program() {
    room = new SigningRoom(directory);
    program = room.patched("start-raw");
  }

  private static Outcome hardwire(Object... words) {
    return packaged.run(words).succeeds();
  }

  /** The kinds of keys in the table of {@code docs/signing.md}. */
  private static Set<String> documented() throws IOException {
    return Files.readAllLines(Path.of("../docs/signing.md")).stream()
        .dropWhile(line -> !line.startsWith("| key | scheme |"))
        .takeWhile(line -> line.startsWith("|"))
        .flatMap(line -> KIND.matcher(line.split("\\|", -1)[1]).results())
        .map(found -> found.group().toUpperCase(Locale.ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyDocumentedKindOfKeySignsAndIsVerified() throws IOException {
    assertThat(CASES.stream().map(one -> one.kind().replaceFirst("^RSA-.*", "RSA")))
        .hasSizeGreaterThan(8)
        .containsAll(documented());
    assertThat(documented()).hasSizeGreaterThan(5);
    OpensslKeys keys = new OpensslKeys(room);
    Files.writeString(room.file("password"), "correct horse\n");
    List<Object> verify = new ArrayList<>(List.of("verify", "--trust", room.file("root.pem")));
    for (int i = 0; i < CASES.size(); i++) {
      Case one = CASES.get(i);
      keys.signer("vendor", one.kind());
      keys.convert(one.kind(), one.format());
      Path signed = room.file("signed" + i);
      hardwire(
          "sign",
          "--key",
          room.file("key"),
          "--cert",
          room.file("vendor.pem"),
          "--password-file",
          room.file("password"),
          one.options(),
          "-o",
          signed,
          program);
      verify.add(signed);
    }
    assertThat(hardwire(verify).out()).contains("signed " + CASES.size() + "\n");
  }

  @Test
  void timeStampsAndRevocationListsAreRead() throws IOException {
    Instant now = Instant.now();
    TestCertificate.Holder root = TestCertificate.authority("Root").make();
    room.write("root", root);
    room.write("vendor", TestCertificate.signer("Vendor").by(root).make());
    TestCertificate.Holder stamps =
        TestCertificate.signer("Stamps").purpose(KeyPurposeId.id_kp_timeStamping).by(root).make();
    Path signed = room.file("signed");
    try (LoopbackAuthority authority = new LoopbackAuthority(stamps, now)) {
      hardwire(
          "sign",
          "--key",
          room.file("vendor.key"),
          "--cert",
          room.file("vendor.pem"),
          "--timestamp",
          authority.url(),
          "-o",
          signed,
          program);
    }
    X509v2CRLBuilder list =
        new X509v2CRLBuilder(
            root.certificate().getSubject(), Date.from(now.minus(Duration.ofHours(1))));
    list.setNextUpdate(Date.from(now.plus(Duration.ofHours(1))));
    list.addCRLEntry(BigInteger.TWO.pow(100), Date.from(now), CRLReason.keyCompromise);
    SigningRoom.pem(room.file("crl"), list.build(TestCertificate.contentSigner(root.keys(), null)));
    assertThat(
            hardwire("verify", "--trust", room.file("root.pem"), "--crl", room.file("crl"), signed)
                .out())
        .contains("time-stamp: signed before ");
  }

  @Test
  void tokensSign() throws IOException {
    OpensslKeys keys = new OpensslKeys(room);
    Files.writeString(room.file("pin"), "4711\n");
    keys.signer("vendor", "P-256");
    room.fillToken();
    Path signed = room.file("signed");
    room.withToken(
            "JAVA_HOME="
                + Cli.home()
                + " "
                + Cli.script()
                    .line(
                        "sign",
                        "--pkcs11-module",
                        SigningRoom.TOKEN,
                        "--key",
                        "vendor",
                        "--password-file",
                        "pin",
                        "-o",
                        signed,
                        program))
        .succeeds();
    hardwire("verify", "--trust", room.file("root.pem"), signed);
  }
}
