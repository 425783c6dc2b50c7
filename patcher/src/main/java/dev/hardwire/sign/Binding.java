package dev.hardwire.sign;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.algorithm.SignatureFault;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERUTF8String;

/**
 * The signer's statement about the patches of a file, a signed attribute.
 *
 * <pre>
 * HardwireBinding ::= SEQUENCE { version INTEGER (1), tool UTF8String, patches SEQUENCE OF Patch }
 * Patch ::= SEQUENCE { original OCTET STRING, policy OCTET STRING, hook UTF8String }
 * </pre>
 *
 * @param tool name and version of the signing tool
 * @param patches the file's patches, the last first
 */
public record Binding(String tool, List<Patch> patches) {
  /** An identifier under 2.25, the arc of UUIDs (X.667), which needs no registration. */
  static final ASN1ObjectIdentifier OID =
      new ASN1ObjectIdentifier("2.25.142388606675618574520909554412186074165.1");

  private static final int MAXIMUM_TEXT = 100;

  /**
   * One patch.
   *
   * @param original SHA-256 of the file that was patched
   * @param policy SHA-256 of the policy's canonical text
   * @param hook as {@code inspect} prints it
   */
  public record Patch(Bytes original, Bytes policy, String hook) {}

  public Binding {
    patches = List.copyOf(patches);
  }

  ASN1Sequence encode() {
    ASN1EncodableVector all = new ASN1EncodableVector();
    for (Patch patch : patches) {
      ASN1EncodableVector one = new ASN1EncodableVector();
      one.add(new DEROctetString(patch.original().toArray()));
      one.add(new DEROctetString(patch.policy().toArray()));
      one.add(new DERUTF8String(patch.hook()));
      all.add(new DERSequence(one));
    }
    ASN1EncodableVector binding = new ASN1EncodableVector();
    binding.add(new ASN1Integer(1));
    binding.add(new DERUTF8String(tool));
    binding.add(new DERSequence(all));
    return new DERSequence(binding);
  }

  static Binding decode(Object encoded) {
    try {
      ASN1Sequence binding = ASN1Sequence.getInstance(encoded);
      SignatureFault.require(
          binding.size() == 3 && ASN1Integer.getInstance(binding.getObjectAt(0)).hasValue(1),
          "the signed statement about the patch has an unknown version");
      List<Patch> patches = new ArrayList<>();
      for (Object item : ASN1Sequence.getInstance(binding.getObjectAt(2))) {
        ASN1Sequence patch = ASN1Sequence.getInstance(item);
        SignatureFault.require(patch.size() == 3, "a signed statement is not three fields");
        patches.add(
            new Patch(
                Bytes.copyOf(ASN1OctetString.getInstance(patch.getObjectAt(0)).getOctets()),
                Bytes.copyOf(ASN1OctetString.getInstance(patch.getObjectAt(1)).getOctets()),
                text(patch.getObjectAt(2))));
      }
      return new Binding(text(binding.getObjectAt(1)), patches);
    } catch (IllegalArgumentException e) {
      throw new SignatureFault("the signed statement about the patch cannot be parsed", e);
    }
  }

  private static String text(Object encoded) {
    String text = ASN1UTF8String.getInstance(encoded).getString().replaceAll("\\p{C}", "?");
    SignatureFault.require(text.length() <= MAXIMUM_TEXT, "a signed name is too long");
    return text;
  }
}
