package dev.hardwire.sign;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Verifier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerInfo;

/** Takes signed files with time stamps apart. */
final class StampedBytes {
  private StampedBytes() {}

  static SignedBytes image(byte[] file) {
    return SignedBytes.read(ElfFile.parse(Bytes.wrap(file)));
  }

  private static SignedData data(SignedBytes image) {
    return SignedData.getInstance(ContentInfo.getInstance(image.cms().toArray()).getContent());
  }

  private static SignerInfo signer(SignedBytes image) {
    return SignerInfo.getInstance(data(image).getSignerInfos().getObjectAt(0));
  }

  /** {@code plain} with the time stamp of {@code stamped}'s signature. */
  static SignedBytes withStampOf(SignedBytes plain, SignedBytes stamped) throws IOException {
    SignerInfo own = signer(plain);
    SignerInfo changed =
        new SignerInfo(
            own.getSID(),
            own.getDigestAlgorithm(),
            own.getAuthenticatedAttributes(),
            own.getDigestEncryptionAlgorithm(),
            own.getEncryptedDigest(),
            signer(stamped).getUnauthenticatedAttributes());
    SignedData data = data(plain);
    SignedData mixed =
        new SignedData(
            data.getDigestAlgorithms(),
            data.getEncapContentInfo(),
            data.getCertificates(),
            null,
            new DERSet(changed));
    return plain.withCms(
        Bytes.wrap(
            new ContentInfo(CMSObjectIdentifiers.signedData, mixed).getEncoded(ASN1Encoding.DER)));
  }

  /** The offsets in the stamp at which a change goes unnoticed, of those divisible by a step. */
  static List<Integer> unnoticedInStamp(byte[] file, Path anchors, int step) throws IOException {
    byte[] stamp = signer(image(file)).getUnauthenticatedAttributes().getEncoded(ASN1Encoding.DER);
    int start =
        (int) Bytes.wrap(file).indexOf(java.util.Arrays.copyOfRange(stamp, 4, stamp.length), 0);
    Expectations expectations =
        Expectations.NONE.withTrust(TrustStore.read(List.of(anchors), List.of()), Instant.now());
    return IntStream.range(start - 4, start - 4 + stamp.length)
        .parallel()
        .filter(offset -> offset % step == 0)
        .filter(
            offset -> {
              byte[] changed = file.clone();
              changed[offset] ^= 1;
              return Verifier.verify(Bytes.wrap(changed), expectations).passed();
            })
        .boxed()
        .toList();
  }
}
