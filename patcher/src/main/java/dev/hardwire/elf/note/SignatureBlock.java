package dev.hardwire.elf.note;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.generated.HardwireNote;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The contents of the section that holds signatures: what is needed to get the unsigned file back,
 * which is signed, and the signatures, which are not.
 *
 * @param unsignedSize bytes of the file before it was signed
 * @param shoff e_shoff before it was signed; the three that follow likewise
 * @param cms a ContentInfo of RFC 5652 in DER; empty while there is none yet
 */
public record SignatureBlock(
    long unsignedSize, long shoff, int shentsize, int shnum, int shstrndx, Bytes cms) {
  /** The section's name. */
  public static final String SECTION = ".hardwire.sig";

  /** Bytes at the start of the block that the signature covers. */
  public static final int SIGNED_SIZE = 40;

  /** A bound on what is read: room for dozens of certificates. */
  private static final int MAXIMUM_CMS = 1 << 20;

  private static final int CMS_OFFSET = SIGNED_SIZE + 8;
  private static final byte[] MAGIC = "HWSIGNED".getBytes(StandardCharsets.US_ASCII);

  /** The block, a multiple of 8 bytes. */
  public Bytes encode(ByteOrder order) {
    return new ByteWriter(order)
        .bytes(MAGIC)
        .u32(HardwireNotes.VERSION)
        .u16(shentsize)
        .u16(shnum)
        .u64(unsignedSize)
        .u64(shoff)
        .u16(shstrndx)
        .zeros(6)
        .u32(cms.size())
        .u32(0)
        .bytes(cms)
        .align(8)
        .toBytes();
  }

  /**
   * Reads a section that is exactly one block.
   *
   * @param fileOffset where it starts in the file, for errors
   */
  public static SignatureBlock decode(Bytes section, long fileOffset) {
    if (section.size() < CMS_OFFSET) {
      throw damaged(fileOffset, "the section is too small: %d bytes".formatted(section.size()));
    }
    if (!section.slice(0, MAGIC.length).equals(Bytes.copyOf(MAGIC))) {
      throw damaged(fileOffset, "does not start with HWSIGNED");
    }
    if (section.u32(8) != HardwireNotes.VERSION) {
      throw damaged(fileOffset + 8, "version " + section.u32(8) + " is not known");
    }
    long size = section.u32(SIGNED_SIZE);
    if (size > MAXIMUM_CMS || size > section.size() - CMS_OFFSET) {
      throw damaged(fileOffset + SIGNED_SIZE, "the signatures end past the section");
    }
    NoteReading reading = new NoteReading(section, fileOffset, "signature block");
    var raw = reading.parse(HardwireNote.Body.SignatureBlock::new);
    SignatureBlock block =
        new SignatureBlock(
            raw.unsignedSize(),
            raw.oldShoff(),
            raw.oldShentsize(),
            raw.oldShnum(),
            raw.oldShstrndx(),
            Bytes.copyOf(raw.cms()));
    if (!block.encode(section.order()).equals(section)) {
      throw damaged(fileOffset, "bytes that must be zero are not, or bytes follow");
    }
    return block;
  }

  private static ElfFormatException damaged(long offset, String reason) {
    return new ElfFormatException(Refusal.DAMAGED_SIGNATURE, offset, SECTION, reason);
  }
}
