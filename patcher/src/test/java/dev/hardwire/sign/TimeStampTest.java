package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signatures that outlive their certificates. */
@Tag("system")
class TimeStampTest {
  private static final Instant NOW = Instant.now();
  private static final Instant STAMP_TIME = NOW.minus(Duration.ofDays(30));
  @TempDir private static Path directory;
  private static SigningRoom room;
  private static TestCertificate.Holder root;

  @BeforeAll
  static void keys() throws IOException {
    room = new SigningRoom(directory);
    root = longLived(TestCertificate.authority("Root")).make();
    room.write("root", root);
    room.write(
        "expired",
        TestCertificate.signer("Vendor")
            .by(root)
            .valid(NOW.minus(Duration.ofDays(60)), NOW.minus(Duration.ofDays(10)))
            .make());
  }

  private static TestCertificate longLived(TestCertificate certificate) {
    return certificate.valid(NOW.minus(Duration.ofDays(400)), NOW.plus(Duration.ofDays(400)));
  }

  private static TestCertificate authority() {
    return longLived(TestCertificate.signer("Stamps"))
        .purpose(KeyPurposeId.id_kp_timeStamping)
        .by(root);
  }

  private static Path stamped(TestCertificate.Holder holder, Instant time) throws IOException {
    try (LoopbackAuthority authority = new LoopbackAuthority(holder, time)) {
      return room.sign(
          room.patched("start-raw"), "expired", "signed", "--timestamp", authority.url());
    }
  }

  @Test
  void signatureOutlivesItsCertificate() throws IOException {
    Path signed = stamped(authority().make(), STAMP_TIME);
    Outcome verified = room.verify(signed);
    verified.succeeds();
    assertThat(verified.out())
        .contains("time-stamp: signed before " + STAMP_TIME.toString().substring(0, 19))
        .contains("valid at the time of the stamp");
    assertThat(room.verify(signed, "--json").out())
        .contains("\"timestamped\": true", "\"time\": \"" + STAMP_TIME.toString().substring(0, 19));
    Path without = room.signAnyway(room.patched("start-raw"), "expired", "without");
    assertThat(room.verify(without).failedChecks()).contains("chain: expired: CN=Vendor");
  }

  @Test
  void stampAfterTheCertificatesEnd() throws IOException {
    assertThat(room.verify(stamped(authority().make(), NOW)).failedChecks())
        .contains("chain: expired: CN=Vendor was valid until");
  }

  @Test
  void authorityMustBeTrustedAndForTimeStamping() throws IOException {
    assertThat(
            room.verify(
                    stamped(
                        authority().by(TestCertificate.authority("Nobody").make()).make(),
                        STAMP_TIME))
                .failedChecks())
        .contains("time-stamp: time stamp: not trusted: no anchor");
    assertThat(
            room.verify(stamped(authority().usage(KeyUsage.keyEncipherment).make(), STAMP_TIME))
                .failedChecks())
        .contains("wrong purpose: the key usage of CN=Stamps does not allow signatures");
  }

  @Test
  void stampOfAnotherSignature() throws IOException {
    var stamped = StampedBytes.image(Files.readAllBytes(stamped(authority().make(), STAMP_TIME)));
    var plain =
        StampedBytes.image(
            Files.readAllBytes(room.signAnyway(room.patched("gcc-pie"), "expired", "other")));
    Path mixed = room.file("mixed");
    Files.write(mixed, StampedBytes.withStampOf(plain, stamped).file().toArray());
    assertThat(room.verify(mixed).failedChecks())
        .contains("time-stamp: time stamp: the time stamp is for another signature");
  }

  @Test
  void bytesOfAStampAreCovered() throws IOException {
    byte[] bytes = Files.readAllBytes(stamped(authority().make(), STAMP_TIME));
    assertThat(StampedBytes.unnoticedInStamp(bytes, room.file("root.pem"), 23)).isEmpty();
  }

  @Test
  @Tag("long")
  void everyByteOfAStampIsCovered() throws IOException {
    byte[] bytes = Files.readAllBytes(stamped(authority().make(), STAMP_TIME));
    assertThat(StampedBytes.unnoticedInStamp(bytes, room.file("root.pem"), 1)).isEmpty();
  }

  @Test
  void authorityThatDoesNotAnswer() throws IOException {
    String url;
    try (LoopbackAuthority authority = new LoopbackAuthority(root, NOW)) {
      url = authority.url();
    }
    Outcome outcome =
        room.trySign(
            "expired", "-o", room.file("x"), "--timestamp", url, room.patched("start-raw"));
    assertThat(outcome.status()).isEqualTo(6);
    assertThat(outcome.err()).contains("cannot connect");
    assertThat(room.file("x")).doesNotExist();
  }
}
