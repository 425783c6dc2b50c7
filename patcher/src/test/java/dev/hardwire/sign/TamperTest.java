package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.testing.Cli;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Verifier;
import dev.hardwire.verify.result.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever changes a signed file is found out. */
@Tag("system")
class TamperTest {
  private static final int PADDING_STEP = 64;

  /** Of the bytes of signatures, each run tries one of so many. */
  private static final int STEP = 37;

  /** Of other bytes and of lengths. */
  private static final int SPARSE = 101;

  @TempDir private static Path directory;
  private static final Map<List<String>, byte[]> SIGNED = new HashMap<>();
  private static SigningRoom room;
  private static Expectations expectations;

  @BeforeAll
  static void keys() throws IOException {
    room = new SigningRoom(directory);
    var root = TestCertificate.root();
    var middle = TestCertificate.authority("Middle").by(root).make();
    room.write("root", root);
    room.write("vendor", TestCertificate.signer("Vendor").by(middle).make(), middle);
    room.write("team", TestCertificate.signer("Team").key("Ed25519").by(root).make());
    expectations =
        Expectations.NONE.withTrust(
            TrustStore.read(List.of(room.file("root.pem")), List.of()), Instant.now());
  }

  /** A fixture with the signatures of some, the same one each time. */
  private static byte[] signed(String fixture, String... names) throws IOException {
    List<String> what = List.of(fixture, String.join("-", names));
    if (!SIGNED.containsKey(what)) {
      Path file = room.patched(fixture);
      for (String name : names) {
        file = room.sign(file, name, fixture + "-" + name);
      }
      byte[] bytes = Files.readAllBytes(file);
      assertThat(verify(bytes).passed()).isTrue();
      SIGNED.put(what, bytes);
    }
    return SIGNED.get(what).clone();
  }

  private static Report verify(byte[] bytes) {
    return Verifier.verify(Bytes.wrap(bytes), expectations);
  }

  /** The checks that failed, a line each. */
  private static String failures(byte[] bytes) {
    Report report = verify(bytes);
    assertThat(report.passed()).isFalse();
    return String.join(
        "\n",
        report.checks().stream()
            .filter(check -> !check.passed())
            .map(check -> check.name() + ": " + check.detail())
            .toList());
  }

  /** The offsets at which a change goes unnoticed. */
  private static List<Long> unnoticed(byte[] bytes, LongStream offsets, int mask) {
    return offsets
        .parallel()
        .filter(
            offset -> {
              byte[] changed = bytes.clone();
              changed[(int) offset] ^= (byte) mask;
              return verify(changed).passed();
            })
        .boxed()
        .toList();
  }

  /** Of the zeros between segments, the first and the last, and one of {@link #PADDING_STEP}. */
  private static LongStream mostOffsets(byte[] bytes) {
    List<Long> offsets = new ArrayList<>();
    for (int start = 0, end; start < bytes.length; start = end) {
      end = start + 1;
      while (bytes[start] == 0 && end < bytes.length && bytes[end] == 0) {
        end++;
      }
      for (int at = start; at < end; at++) {
        int step = Math.min(at - start, end - 1 - at) < PADDING_STEP ? 1 : PADDING_STEP;
        if (at % step == 0) {
          offsets.add((long) at);
        }
      }
    }
    return offsets.stream().mapToLong(Long::longValue);
  }

  /** The file offset of the signatures. */
  private static long signatures(byte[] bytes) {
    return image(bytes).content().size();
  }

  private static LongStream sample(LongStream offsets, int step) {
    return offsets.filter(at -> at % step == 0);
  }

  @Test
  void contentOfASmallFileButMostOfItsPadding() throws IOException {
    byte[] bytes = signed("start-raw", "vendor");
    long end = signatures(bytes);
    assertThat(mostOffsets(bytes).count()).isBetween(bytes.length / 4L, bytes.length / 2L);
    assertThat(unnoticed(bytes, sample(mostOffsets(bytes), SPARSE).filter(at -> at < end), 1))
        .isEmpty();
  }

  @Test
  void bytesOfTwoSignatures() throws IOException {
    byte[] bytes = signed("start-raw", "vendor", "team");
    assertThat(unnoticed(bytes, sample(LongStream.range(signatures(bytes), bytes.length), STEP), 1))
        .isEmpty();
  }

  @Test
  @Tag("long")
  void everyByteOfASmallFile() throws IOException {
    byte[] bytes = signed("start-raw", "vendor", "team");
    assertThat(bytes.length).isLessThan(40_000);
    assertThat(unnoticed(bytes, LongStream.range(0, bytes.length), 1)).isEmpty();
  }

  private static void inSeveralWays(int step) throws IOException {
    byte[] bytes = signed("start-raw", "vendor");
    for (int mask : new int[] {0x80, 0x20, 0xff}) {
      LongStream offsets = sample(LongStream.range(signatures(bytes), bytes.length), step);
      assertThat(unnoticed(bytes, offsets, mask)).isEmpty();
    }
  }

  @Test
  void bytesOfASignatureInSeveralWays() throws IOException {
    inSeveralWays(2 * STEP);
  }

  @Test
  @Tag("long")
  void everyByteOfASignatureInSeveralWays() throws IOException {
    inSeveralWays(1);
  }

  private static void randomBytesOfALargeFile(int count) throws IOException {
    byte[] bytes = signed("go-static", "vendor");
    assertThat(bytes.length).isGreaterThan(1_000_000);
    LongStream offsets = new Random(5).longs(count, 0, bytes.length);
    assertThat(unnoticed(bytes, offsets, 0x10)).isEmpty();
  }

  @Test
  void someRandomBytesOfALargeFile() throws IOException {
    randomBytesOfALargeFile(10);
  }

  @Test
  @Tag("long")
  void thousandRandomBytesOfALargeFile() throws IOException {
    randomBytesOfALargeFile(1000);
  }

  private static List<Long> passing(byte[] bytes, LongStream lengths) {
    return lengths
        .parallel()
        .filter(length -> verify(Arrays.copyOf(bytes, (int) length)).passed())
        .boxed()
        .toList();
  }

  @Test
  @Tag("long")
  void truncatedAtEveryLength() throws IOException {
    byte[] bytes = signed("start-raw", "team");
    LongStream lengths = LongStream.range(0, bytes.length);
    assertThat(passing(bytes, lengths)).isEmpty();
  }

  @Test
  void truncated() throws IOException {
    byte[] bytes = signed("start-raw", "team");
    LongStream lengths = sample(LongStream.range(0, bytes.length), SPARSE);
    assertThat(passing(bytes, lengths)).isEmpty();
    assertThat(failures(Arrays.copyOf(bytes, bytes.length - 1)))
        .contains("section 1", "ends past the file");
  }

  @Test
  void appendedBytes() throws IOException {
    byte[] bytes = signed("start-raw", "vendor");
    for (int more : new int[] {1, 8, 4096}) {
      assertThat(failures(Arrays.copyOf(bytes, bytes.length + more)))
          .contains("signature-place", "the section does not end where the file does");
    }
  }

  private static SignedBytes image(byte[] bytes) {
    return SignedBytes.read(ElfFile.parse(Bytes.wrap(bytes)));
  }

  @Test
  void signatureMovedFromAnotherFile() throws IOException {
    Bytes signature = image(signed("start-raw", "vendor")).cms();
    byte[] other = image(signed("gcc-pie", "vendor")).withCms(signature).file().toArray();
    assertThat(failures(other))
        .contains("signature 1 content: the file is not what was signed: its SHA-256 is");
  }

  @Test
  void policySwapped() throws IOException {
    Bytes signature = image(signed("start-raw", "vendor")).cms();
    Path swapped = room.file("swapped");
    Cli.ok("patch", "--deny", "ptrace", "--replace", "-o", swapped, room.file("start-raw"));
    ElfFile elf = ElfFile.parse(Bytes.wrap(Files.readAllBytes(swapped)));
    byte[] bytes = SignedBytes.prepare(elf).withCms(signature).file().toArray();
    assertThat(failures(bytes)).contains("signature 1 content: the file is not what was signed");
  }

  @Test
  void signatureStripped() throws IOException {
    byte[] bytes = image(signed("start-raw", "vendor")).unsigned().toArray();
    assertThat(failures(bytes)).isEqualTo("signatures: the file is not signed");
    byte[] empty =
        image(signed("gcc-pie", "vendor")).withCms(Bytes.wrap(new byte[0])).file().toArray();
    assertThat(failures(empty)).isEqualTo("signatures: the signature is empty");
  }

  private static byte[] withSigners(byte[] bytes, List<SignerInfo> signers) throws IOException {
    SignedBytes image = image(bytes);
    SignedData data =
        SignedData.getInstance(ContentInfo.getInstance(image.cms().toArray()).getContent());
    SignedData changed =
        new SignedData(
            data.getDigestAlgorithms(),
            data.getEncapContentInfo(),
            data.getCertificates(),
            null,
            new DERSet(signers.toArray(SignerInfo[]::new)));
    Bytes cms =
        Bytes.wrap(
            new ContentInfo(CMSObjectIdentifiers.signedData, changed).getEncoded(ASN1Encoding.DER));
    return image.withCms(cms).file().toArray();
  }

  private static List<SignerInfo> signers(byte[] bytes) {
    SignedData data =
        SignedData.getInstance(ContentInfo.getInstance(image(bytes).cms().toArray()).getContent());
    List<SignerInfo> all = new ArrayList<>();
    data.getSignerInfos().forEach(one -> all.add(SignerInfo.getInstance(one)));
    return all;
  }

  private static SignerInfo with(SignerInfo info, SignerInfo attributes, byte[] signature) {
    return new SignerInfo(
        info.getSID(),
        info.getDigestAlgorithm(),
        attributes.getAuthenticatedAttributes(),
        info.getDigestEncryptionAlgorithm(),
        new DEROctetString(signature),
        null);
  }

  @Test
  void oneOfTwoSignaturesIsBad() throws IOException {
    byte[] bytes = signed("start-raw", "vendor", "team");
    List<SignerInfo> signers = signers(bytes);
    for (int bad = 0; bad < 2; bad++) {
      List<SignerInfo> changed = new ArrayList<>(signers);
      byte[] signature = signers.get(bad).getEncryptedDigest().getOctets().clone();
      signature[signature.length - 1] ^= 1;
      changed.set(bad, with(signers.get(bad), signers.get(bad), signature));
      assertThat(failures(withSigners(bytes, changed)))
          .containsPattern(
              "signature [12] signer: the signature was not made with the key of CN=(Vendor|Team)");
    }
  }

  @Test
  void oneOfTwoSignaturesIsForAnotherFile() throws IOException {
    SignerInfo other = signers(signed("gcc-pie", "team")).get(0);
    byte[] bytes = signed("start-raw", "vendor", "team");
    List<SignerInfo> changed = new ArrayList<>(signers(bytes));
    changed.removeIf(info -> info.getSID().equals(other.getSID()));
    changed.add(other);
    assertThat(failures(withSigners(bytes, changed)))
        .containsPattern("signature [12] content: the file is not what was signed");
  }

  @Test
  void signerRemoved() throws IOException {
    byte[] bytes = signed("start-raw", "vendor", "team");
    assertThat(failures(withSigners(bytes, signers(bytes).subList(0, 1))))
        .contains("signatures: the digest algorithms are not those of the signers");
    assertThat(failures(withSigners(bytes, List.of()))).contains("signatures: there is no signer");
  }

  @Test
  void signerDoubled() throws IOException {
    byte[] bytes = signed("start-raw", "vendor");
    SignerInfo info = signers(bytes).get(0);
    assertThat(failures(withSigners(bytes, List.of(info, info))))
        .isEqualTo("signatures: a signer occurs twice");
  }

  @Test
  void attributesOfAnotherSignature() throws IOException {
    byte[] bytes = signed("start-raw", "vendor");
    SignerInfo info = signers(bytes).get(0);
    SignerInfo other = signers(signed("gcc-pie", "vendor")).get(0);
    byte[] changed =
        withSigners(bytes, List.of(with(info, other, info.getEncryptedDigest().getOctets())));
    assertThat(failures(changed))
        .contains("signature 1 content", "signature 1 signer: the signature was not made");
  }

  @Test
  void unsignedAttribute() throws IOException {
    byte[] bytes = signed("start-raw", "vendor");
    SignerInfo info = signers(bytes).get(0);
    SignerInfo changed =
        new SignerInfo(
            info.getSID(),
            info.getDigestAlgorithm(),
            info.getAuthenticatedAttributes(),
            info.getDigestEncryptionAlgorithm(),
            info.getEncryptedDigest(),
            info.getAuthenticatedAttributes());
    assertThat(failures(withSigners(bytes, List.of(changed))))
        .contains("signatures: the signature has an unsigned attribute that is not allowed");
  }
}
