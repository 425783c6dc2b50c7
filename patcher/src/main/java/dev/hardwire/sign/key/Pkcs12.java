package dev.hardwire.sign.key;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.ASN1BMPString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.ContentInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.operator.bc.BcDefaultDigestProvider;
import org.bouncycastle.pkcs.PKCS12PfxPdu;
import org.bouncycastle.pkcs.PKCS12SafeBag;
import org.bouncycastle.pkcs.PKCS12SafeBagFactory;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.bc.BcPKCS12MacCalculatorBuilderProvider;

/** Keys and certificates of a PFX (RFC 7292) with a password. */
final class Pkcs12 {
  /** A key or a certificate; what a bag does not state is null. */
  private record Entry<T>(T value, String name, ASN1OctetString id) {
    boolean goesWith(Entry<?> other) {
      return (id != null && other.id != null) ? id.equals(other.id) : name.equals(other.name);
    }
  }

  private final List<Entry<PrivateKeyInfo>> keys = new ArrayList<>();
  private final List<Entry<X509CertificateHolder>> certificates = new ArrayList<>();

  private Pkcs12() {}

  /**
   * Reads a file.
   *
   * @throws PKCSException if the password is wrong, or something in it is not supported
   */
  static Pkcs12 read(byte[] content, char[] password) throws IOException, PKCSException {
    PKCS12PfxPdu file = new PKCS12PfxPdu(content);
    if (!file.hasMac()
        || !file.isMacValid(
            new BcPKCS12MacCalculatorBuilderProvider(BcDefaultDigestProvider.INSTANCE), password)) {
      throw new PKCSException("the password is wrong");
    }
    PasswordDecryption decryption = new PasswordDecryption(password);
    Pkcs12 found = new Pkcs12();
    for (ContentInfo part : file.getContentInfos()) {
      boolean isEncrypted = PKCSObjectIdentifiers.encryptedData.equals(part.getContentType());
      PKCS12SafeBagFactory bags =
          isEncrypted ? new PKCS12SafeBagFactory(part, decryption) : new PKCS12SafeBagFactory(part);
      for (PKCS12SafeBag bag : bags.getSafeBags()) {
        found.add(bag, decryption);
      }
    }
    return found;
  }

  private void add(PKCS12SafeBag bag, PasswordDecryption decryption) throws PKCSException {
    Object value = bag.getBagValue();
    if (value instanceof X509CertificateHolder certificate) {
      certificates.add(entry(bag, certificate));
    } else if (value instanceof PKCS8EncryptedPrivateKeyInfo key) {
      keys.add(entry(bag, key.decryptPrivateKeyInfo(decryption)));
    } else if (value instanceof PrivateKeyInfo key) {
      keys.add(entry(bag, key));
    }
  }

  /** With its friendly name; if there is none, with its ID in hexadecimal. */
  private static <T> Entry<T> entry(PKCS12SafeBag bag, T value) {
    ASN1OctetString id =
        attribute(bag, PKCS12SafeBag.localKeyIdAttribute) instanceof ASN1OctetString text
            ? text
            : null;
    if (attribute(bag, PKCS12SafeBag.friendlyNameAttribute) instanceof ASN1BMPString name) {
      return new Entry<>(value, name.getString(), id);
    }
    return new Entry<>(value, id == null ? "" : HexFormat.of().formatHex(id.getOctets()), id);
  }

  private static ASN1Encodable attribute(PKCS12SafeBag bag, ASN1ObjectIdentifier type) {
    Attribute[] attributes = bag.getAttributes();
    for (Attribute attribute : attributes == null ? new Attribute[0] : attributes) {
      if (attribute.getAttrType().equals(type) && attribute.getAttrValues().size() > 0) {
        return attribute.getAttrValues().getObjectAt(0);
      }
    }
    return null;
  }

  List<String> names() {
    return keys.stream().map(Entry::name).toList();
  }

  private Entry<PrivateKeyInfo> entry(String name) {
    return keys.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  PrivateKeyInfo key(String name) {
    return entry(name).value();
  }

  /** The certificate of the key with a name, and those above it as far as they are there. */
  List<X509CertificateHolder> chain(String name) {
    List<X509CertificateHolder> chain = new ArrayList<>();
    certificates.stream()
        .filter(entry(name)::goesWith)
        .findFirst()
        .ifPresent(one -> chain.add(one.value()));
    for (int i = 0; i < chain.size(); i++) {
      X509CertificateHolder below = chain.get(i);
      certificates.stream()
          .map(Entry::value)
          .filter(one -> one.getSubject().equals(below.getIssuer()) && !chain.contains(one))
          .findFirst()
          .ifPresent(chain::add);
    }
    return chain;
  }
}
