package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.fuzz.Seeds;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.algorithm.SignatureFault;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is taken for a signature is checked, or refused. */
@Tag("slow")
class CmsFuzz {
  @TempDir private static Path directory;
  private static TestCertificate.Holder root;
  private static TrustStore trust;
  private static ElfFile patched;
  private static Bytes content;

  @BeforeAll
  static void keys() throws IOException {
    if (trust != null) {
      return;
    }
    root = TestCertificate.root();
    Path anchor = directory.resolve("root.pem");
    SigningRoom.pem(anchor, root.certificate());
    trust = TrustStore.read(List.of(anchor), List.of());
    patched = ElfFile.parse(Bytes.wrap(Seeds.patchedSample()));
    content = SignedBytes.prepare(patched).content();
  }

  /** Messages of several schemes, with a time stamp and without. */
  static Stream<Arguments> seeds() throws IOException {
    keys();
    Stream<byte[]> messages =
        Stream.of("P-256", "RSA-3072", "Ed25519")
            .map(kind -> TestCertificate.signer("Vendor").key(kind).by(root).make())
            .map(vendor -> new Forgery(patched, vendor, Digest.SHA256).message());
    return Seeds.with("signatures", messages);
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "5m")
  void signatures(byte[] message) {
    Bytes cms = Bytes.wrap(message);
    Instant now = Instant.now();
    try {
      CmsSigner.checkReadable(cms);
      SignatureSet set = SignatureSet.read(cms, content, true);
      for (FileSignature signature : set.signatures()) {
        check(signature::checkContent);
        check(signature::checkValue);
        check(() -> signature.isStamped() ? signature.checkTimeStamp(trust, now) : "");
        check(() -> signature.checkChain(trust, now));
        check(() -> signature.binding().toString());
        check(() -> signature.subject() + signature.fingerprint() + signature.algorithm());
        check(() -> signature.time().toString());
      }
    } catch (SignatureFault refused) {
      Seeds.requireText(refused);
    }
  }

  private static void check(Supplier<String> check) {
    try {
      assertThat(check.get()).isNotNull();
    } catch (SignatureFault refused) {
      Seeds.requireText(refused);
    }
  }
}
