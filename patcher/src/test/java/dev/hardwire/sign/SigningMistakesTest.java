package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.Main;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What signers do wrong is refused before anything is written. */
@Tag("system")
class SigningMistakesTest {
  private static final TestCertificate.Holder ROOT = TestCertificate.root();
  private static final TestCertificate.Holder VENDOR = vendor().by(ROOT).make();

  private final Instant now = Instant.now();
  @TempDir private Path directory;
  private SigningRoom room;

  @BeforeEach
  void keys() throws IOException {
    room = new SigningRoom(directory);
    room.write("root", ROOT);
    room.write("vendor", VENDOR);
  }

  private Outcome sign(Path file, Object... more) {
    return room.trySign(
        "vendor", SigningRoom.concat(new Object[] {"-o", room.file("out"), file}, more));
  }

  private void refused(int code, String message, Outcome outcome) {
    outcome.endsWith(code);
    assertThat(outcome.err()).contains(message);
    assertThat(room.file("out")).doesNotExist();
  }

  private void certificate(String message, TestCertificate certificate) throws IOException {
    room.write("vendor", certificate.by(ROOT).make());
    refused(2, message, sign(room.patched("start-raw")));
  }

  private static TestCertificate vendor() {
    return TestCertificate.signer("Vendor");
  }

  @Test
  void certificateThatNoVerifierWouldAccept() throws IOException {
    certificate("wrong purpose: CN=Vendor is not a certificate for code", vendor().purpose(null));
    certificate(
        "wrong purpose: CN=Vendor is not a certificate for code",
        vendor().purpose(KeyPurposeId.id_kp_serverAuth));
    certificate(
        "the key usage of CN=Vendor does not allow signatures",
        vendor().usage(KeyUsage.keyEncipherment));
    certificate(
        "expired: CN=Vendor was valid until",
        vendor().valid(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1))));
    certificate(
        "not yet valid: CN=Vendor is valid from",
        vendor().valid(now.plus(Duration.ofDays(1)), now.plus(Duration.ofDays(9))));
    byte[] cut = {0x30, 31, 7, 0}; // a SEQUENCE of 31 bytes
    certificate(
        "hardwire: an extension of the certificate cannot be parsed\n",
        vendor().purpose(null).extension(new Extension(Extension.extendedKeyUsage, true, cut)));
  }

  @Test
  void damagedKeysAreNotToldInWordsOfJava() throws IOException {
    Path bad =
        Files.writeString(
            directory.resolve("bad"),
            "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n");
    Path file = room.patched("start-raw");
    Outcome outcome = Cli.run("sign", "--key", bad, "--cert", bad, "-o", room.file("out"), file);
    refused(6, "hardwire: " + bad + ": cannot be parsed as PEM: ", outcome);
    assertThat(outcome.err()).doesNotContain("Exception");
  }

  @Test
  void fileThatIsNotHardWired() {
    refused(
        3,
        "not-patched: PT_NOTE at offset 0x0: the file is not hard-wired; patch it first",
        sign(Fixtures.named("start-raw").path()));
  }

  @Test
  void signatureThatIsThereAndDoesNotHold() throws IOException {
    room.write("team", TestCertificate.signer("Team").by(ROOT).make());
    byte[] bytes = Files.readAllBytes(room.sign(room.patched("start-raw"), "team", "signed"));
    SignedBytes image = SignedBytes.read(ElfFile.parse(Bytes.wrap(bytes)));
    byte[] cms = image.cms().toArray();
    cms[cms.length - 1] ^= 1; // the end of the signature's value
    Path broken = Files.write(room.file("broken"), image.withCms(Bytes.wrap(cms)).file().toArray());
    refused(5, "the existing signature of CN=Team is invalid", sign(broken));
    byte[] cut = Arrays.copyOf(cms, cms.length - 9);
    Files.write(broken, image.withCms(Bytes.wrap(cut)).file().toArray());
    refused(5, "not verified: ", sign(broken));
    byte[] damaged = bytes.clone();
    damaged[(int) image.unsigned().size() + 20] ^= 1;
    Files.write(broken, damaged);
    refused(3, ".hardwire.sig", sign(broken));
  }

  @Test
  void detachedSignatureOfAnotherFile() {
    Path other = room.file("other.p7s");
    Cli.ok(
        "sign",
        "--key",
        room.file("vendor.key"),
        "--cert",
        room.file("vendor.pem"),
        "--detached",
        other,
        room.patched("gcc-pie"));
    Outcome again = room.trySign("vendor", "--detached", other, room.patched("start-raw"));
    assertThat(again.status()).isEqualTo(5);
    assertThat(again.err()).contains("the existing signatures do not match the file");
  }

  @Test
  void detachedInPlaceOfSomethingElse() throws IOException {
    Path notes = Files.writeString(room.file("notes.txt"), "to be kept\n");
    Outcome outcome = room.trySign("vendor", "--detached", notes, room.patched("start-raw"));
    assertThat(outcome.status()).isEqualTo(5);
    assertThat(outcome.err()).contains("notes.txt exists, and no signature can be added to it");
    assertThat(notes).hasContent("to be kept");
  }

  @Test
  void keyForPssOnly() {
    room.line(
        "openssl req -x509 -newkey rsa-pss -pkeyopt rsa_keygen_bits:3072 -sha256 "
            + "-nodes -keyout vendor.key -out vendor.pem -subj /CN=Vendor -addext "
            + "keyUsage=critical,digitalSignature -addext extendedKeyUsage=codeSigning "
            + "-days 9");
    for (String option : new String[] {"--rsa-pkcs1", "--ima"}) {
      refused(2, "the RSA key is for RSA-PSS only", sign(room.patched("start-raw"), option));
    }
    room.sign(room.patched("start-raw"), "vendor", "pss");
    assertThat(Cli.run("verify", "--trust", room.file("vendor.pem"), room.file("pss")).status())
        .isZero();
  }

  @Test
  void keyThatIsRestrictedToADigest() {
    room.line(
        "openssl req -x509 -newkey rsa-pss -pkeyopt rsa_keygen_bits:3072 -pkeyopt "
            + "rsa_pss_keygen_md:sha384 -pkeyopt rsa_pss_keygen_mgf1_md:sha384 -pkeyopt "
            + "rsa_pss_keygen_saltlen:48 -sha384 -nodes -keyout vendor.key -out vendor.pem "
            + "-subj /CN=Vendor -days 9 -addext keyUsage=critical,digitalSignature -addext "
            + "extendedKeyUsage=codeSigning");
    refused(
        2,
        "the RSA key is for RSA-PSS with SHA-384 and 48 bytes of salt and more only",
        sign(room.patched("start-raw"), "--digest", "sha256"));
    room.sign(room.patched("start-raw"), "vendor", "pss");
    assertThat(Cli.run("verify", "--trust", room.file("vendor.pem"), room.file("pss")).out())
        .contains("RSA-PSS with SHA-384");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "500 | | HTTP status 500",
        "200 | 3003020100 | no time stamp",
        "200 | 00 | no time stamp",
        "200 | | no time stamp: the signature is empty",
        "200 | NEST | the encoding is nested too deeply",
      })
  void authorityThatAnswersWithSomethingElse(int status, String hex, String message)
      throws IOException {
    byte[] answer = answer(hex == null ? "" : hex);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
            exchange.getResponseBody().write(answer);
          }
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      refused(6, message, sign(room.patched("start-raw"), "--timestamp", url));
    } finally {
      server.stop(0);
    }
  }

  private static byte[] answer(String hex) {
    if (!hex.equals("NEST")) {
      return java.util.HexFormat.of().parseHex(hex);
    }
    byte[] nested = new byte[0];
    for (int i = 0; i < 60; i++) {
      byte[] around = new byte[nested.length + 2];
      around[0] = 0x30;
      around[1] = (byte) nested.length;
      System.arraycopy(nested, 0, around, 2, nested.length);
      nested = around;
    }
    return nested;
  }

  @Test
  void stampThatDoesNotHoldIsNotEmbedded() throws IOException {
    var stamps =
        TestCertificate.signer("Stamps").purpose(KeyPurposeId.id_kp_timeStamping).by(ROOT).make();
    var stranger =
        new TestCertificate.Holder(TestCertificate.generate("P-256"), stamps.certificate());
    try (LoopbackAuthority authority = new LoopbackAuthority(stranger, now)) {
      refused(
          6,
          "no time stamp: time stamp: its signature is invalid",
          sign(room.patched("start-raw"), "--timestamp", authority.url()));
    }
  }

  /** Two commands, one after the other in a process: the first gets a wrong password. */
  static final class AtTheTerminal {
    private AtTheTerminal() {}

    /** Takes the file to sign. */
    public static void main(String... file) {
      PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
      for (String output : new String[] {"first", "second"}) {
        List<String> command =
            List.of("sign", "--key", "secret.key", "--cert", "vendor.pem", "-o", output, file[0]);
        int status = Main.run(out, out, command.toArray(String[]::new));
        out.println("status " + status);
      }
    }
  }

  @Test
  void passwordsFromTheTerminal() throws IOException {
    room.line("openssl pkcs8 -topk8 -in vendor.key -out secret.key -passout pass:secret");
    String command = Cli.java(AtTheTerminal.class).line(room.patched("start-raw"));
    Files.writeString(room.file("command"), command);
    String typing =
        "(for n in 1 2; do"
            + " until [ \"$(grep -c Password typescript)\" = $n ] || [ -e ended ];"
            + " do sleep 0.1; done;"
            + " [ $n = 1 ] && echo wrong || echo secret; done;"
            + " until [ -e ended ]; do sleep 0.1; done) 2>/dev/null"
            + " | (script -qefc 'sh command' typescript; : >ended)";
    Outcome outcome = room.tool("sh", "-c", typing);
    assertThat(outcome.out().replace("\r", ""))
        .containsSubsequence(
            "Password of secret.key:",
            "the password is wrong",
            "status 2\n",
            "Password of secret.key:",
            "signed by CN=Vendor",
            "status 0\n")
        .doesNotContain("\nwrong", "\nsecret");
    assertThat(room.file("first")).doesNotExist();
    assertThat(room.file("second")).exists();
  }

  @Test
  void noTerminalAndNoPassword() {
    room.line("openssl pkcs8 -topk8 -in vendor.key -out secret.key -passout pass:secret");
    Outcome outcome =
        CommandLoop.shared()
            .run(
                "sign",
                "--key",
                room.file("secret.key"),
                "--cert",
                room.file("vendor.pem"),
                "-o",
                room.file("out"),
                room.patched("start-raw"));
    refused(2, "the key requires a password", outcome);
  }
}
