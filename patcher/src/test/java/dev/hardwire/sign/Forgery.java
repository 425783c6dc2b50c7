package dev.hardwire.sign;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.algorithm.EcdsaValue;
import dev.hardwire.sign.algorithm.Engines;
import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.algorithm.SignatureScheme;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.crypto.util.PrivateKeyFactory;

/**
 * A signed message that holds, until a test changes something in it before it is signed: what an
 * attacker with a key and a certificate of their own can make.
 */
final class Forgery {
  final TestCertificate.Holder holder;

  /** Whose certificate is in the message. */
  private TestCertificate.Holder impersonated;

  SignatureScheme scheme;
  AlgorithmIdentifier digest;
  AlgorithmIdentifier signature;
  final List<Attribute> attributes = new ArrayList<>();
  ASN1Set unsigned;
  int signerVersion = 1;
  int version = 1;
  ContentInfo content = new ContentInfo(CMSObjectIdentifiers.data, null);
  final List<ASN1Encodable> digests = new ArrayList<>();
  final List<ASN1Encodable> certificates = new ArrayList<>();
  ASN1Set revocationLists;
  int signers = 1;
  boolean withoutAttributes;

  private final SignedBytes place;

  Forgery(ElfFile patched, TestCertificate.Holder holder, Digest contentDigest) {
    this(SignedBytes.prepare(patched), holder, contentDigest);
    add(CMSAttributes.contentType, CMSObjectIdentifiers.data);
    byte[] value = contentDigest.of(place.content()).toArray();
    add(CMSAttributes.messageDigest, new DEROctetString(value));
    addCertificate(holder);
  }

  private void addCertificate(TestCertificate.Holder named) {
    byte[] certificate = Digest.SHA256.of(Names.encoded(named.certificate()));
    add(
        PKCSObjectIdentifiers.id_aa_signingCertificateV2,
        new SigningCertificateV2(new ESSCertIDv2(certificate)));
  }

  /** A time-stamp token around a TSTInfo. */
  static Forgery stamp(TestCertificate.Holder holder, byte[] info) {
    Forgery forgery = new Forgery((SignedBytes) null, holder, Digest.SHA256);
    ASN1ObjectIdentifier type = PKCSObjectIdentifiers.id_ct_TSTInfo;
    forgery.content = new ContentInfo(type, new DEROctetString(info));
    forgery.version = 3;
    forgery.add(CMSAttributes.contentType, type);
    forgery.add(CMSAttributes.messageDigest, new DEROctetString(Digest.SHA256.of(info)));
    forgery.addCertificate(holder);
    return forgery;
  }

  private Forgery(SignedBytes place, TestCertificate.Holder holder, Digest contentDigest) {
    this.holder = holder;
    this.impersonated = holder;
    this.place = place;
    this.scheme =
        SignatureScheme.forKey(
            holder.certificate().getSubjectPublicKeyInfo(), contentDigest, false);
    this.digest = contentDigest.identifier();
    this.signature = scheme.identifier();
    digests.add(digest);
    certificates.add(holder.certificate().toASN1Structure());
  }

  void add(ASN1ObjectIdentifier type, ASN1Encodable... values) {
    attributes.add(new Attribute(type, new DERSet(values)));
  }

  void remove(ASN1ObjectIdentifier type) {
    attributes.removeIf(attribute -> attribute.getAttrType().equals(type));
  }

  /** Names another signer, whose key is not at hand. */
  void impersonate(TestCertificate.Holder other) {
    impersonated = other;
    certificates(List.of(other.certificate()));
    remove(PKCSObjectIdentifiers.id_aa_signingCertificateV2);
    addCertificate(other);
  }

  void certificates(List<X509CertificateHolder> only) {
    certificates.clear();
    only.forEach(one -> certificates.add(one.toASN1Structure()));
  }

  /** The value of the signature, the same each time for ECDSA. */
  byte[] value() throws IOException {
    return EcdsaValue.smaller(
        holder.certificate().getSubjectPublicKeyInfo(),
        scheme,
        Engines.sign(
            PrivateKeyFactory.createKey(holder.keys().getPrivate().getEncoded()),
            scheme,
            signedAttributes().getEncoded(ASN1Encoding.DER)));
  }

  private DERSet signedAttributes() {
    return new DERSet(attributes.toArray(Attribute[]::new));
  }

  private DERSequence signer() throws IOException {
    ASN1EncodableVector info = new ASN1EncodableVector();
    info.add(new ASN1Integer(signerVersion));
    info.add(new IssuerAndSerialNumber(impersonated.certificate().toASN1Structure()));
    info.add(digest);
    if (!withoutAttributes) {
      info.add(new DERTaggedObject(false, 0, signedAttributes()));
    }
    info.add(signature);
    info.add(new DEROctetString(value()));
    if (unsigned != null) {
      info.add(new DERTaggedObject(false, 1, unsigned));
    }
    return new DERSequence(info);
  }

  /** The message, in DER. */
  byte[] message() {
    try {
      DERSequence signer = signer();
      ASN1EncodableVector infos = new ASN1EncodableVector();
      for (int i = 0; i < signers; i++) {
        infos.add(signer);
      }
      ASN1EncodableVector data = new ASN1EncodableVector();
      data.add(new ASN1Integer(version));
      data.add(new DERSet(digests.toArray(ASN1Encodable[]::new)));
      data.add(content);
      if (!certificates.isEmpty()) {
        DERSet all = new DERSet(certificates.toArray(ASN1Encodable[]::new));
        data.add(new DERTaggedObject(false, 0, all));
      }
      if (revocationLists != null) {
        data.add(new DERTaggedObject(false, 1, revocationLists));
      }
      data.add(new DERSet(infos));
      return new ContentInfo(CMSObjectIdentifiers.signedData, new DERSequence(data))
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file with the message. */
  Bytes file() {
    return place.withCms(Bytes.wrap(message())).file();
  }
}
