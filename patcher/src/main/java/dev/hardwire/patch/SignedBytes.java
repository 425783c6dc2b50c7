package dev.hardwire.patch;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Change;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.FileHeader;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.note.SignatureBlock;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A file with a place for signatures: a section that is not loaded, at the end, behind a new
 * section header table and new section names. Data after all that the headers of the unsigned file
 * name is repeated behind it.
 *
 * <p>Invariant: the unsigned file and the signatures determine every byte of the signed file, so a
 * reader builds it again and compares. The signature covers the signed file up to the signatures,
 * with sh_size of their section taken as zero ({@code hardwire_note.ksy}, {@code signature_block}).
 */
public final class SignedBytes {
  private static final int LORESERVE = 0xff00; // SHN_LORESERVE, gABI "Sections"
  private static final int ALIGNMENT = 8;

  private final Bytes unsigned;
  private final FileHeader header;
  private final SignatureBlock block;
  private final Bytes newHeader;
  private final Bytes names;
  private final List<Section> sections;
  private final long tailStart;
  private final Bytes trailer;

  private SignedBytes(ElfFile elf, Bytes cms) {
    this.unsigned = elf.bytes();
    this.header = elf.header();
    if (header.shnum() + 2 >= LORESERVE) {
      throw new ElfFormatException(
          Refusal.EXTENDED_NUMBERING, 0, "e_shnum", "there is no room for one more section");
    }
    ElfClass elfClass = header.elfClass();
    this.block =
        new SignatureBlock(
            unsigned.size(),
            header.shoff(),
            unsigned.u16(HeaderField.E_SHENTSIZE.offset(elfClass)),
            header.shnum(),
            header.shstrndx(),
            cms);
    this.tailStart = align(unsigned.size());
    this.trailer = elf.trailer();
    this.names = names(elf);
    this.sections = sections(elf);
    this.newHeader = newHeader();
  }

  /**
   * Gives a file a place for signatures.
   *
   * @throws ElfFormatException if it has one already, or its section header table is full
   */
  public static SignedBytes prepare(ElfFile unsigned) {
    if (isSigned(unsigned)) {
      throw damaged(0, "the file has the section already");
    }
    return new SignedBytes(unsigned, Bytes.empty());
  }

  /** Whether a file has a section for signatures, sound or not. */
  public static boolean isSigned(ElfFile elf) {
    return section(elf).isPresent();
  }

  private static Optional<Section> section(ElfFile elf) {
    return elf.section(section -> section.name().equals(SignatureBlock.SECTION));
  }

  /** The file without its signatures; the same file if it has none. */
  public static ElfFile unsigned(ElfFile elf) {
    return isSigned(elf) ? ElfFile.parse(read(elf).unsigned()) : elf;
  }

  /**
   * Reads a signed file.
   *
   * @throws ElfFormatException if any byte of the signatures' place is not what it must be
   */
  public static SignedBytes read(ElfFile elf) {
    Section section =
        section(elf).orElseThrow(() -> damaged(0, "the file has no section for signatures"));
    Bytes file = elf.bytes();
    if (section.type() == Section.SHT_NOBITS || section.fileEnd() > file.size()) {
      throw damaged(section.offset(), "the section is not in the file");
    }
    SignatureBlock block =
        SignatureBlock.decode(
            file.slice(section.offset(), section.size()).withOrder(elf.header().order()),
            section.offset());
    ElfClass elfClass = elf.header().elfClass();
    if (block.unsignedSize() < elfClass.fileHeaderSize()
        || block.unsignedSize() > section.offset()
        || block.shoff() < 0
        || block.shoff() > block.unsignedSize()) {
      throw damaged(section.offset(), "the unsigned file's sizes are out of range");
    }
    ElfFile unsigned = ElfFile.parse(unsigned(elf, block));
    if (isSigned(unsigned)) {
      throw damaged(section.offset(), "the file inside is signed too");
    }
    SignedBytes signed = new SignedBytes(unsigned, block.cms());
    if (section.fileEnd() + signed.trailer.size() != file.size()) {
      throw damaged(section.offset(), "the section does not end where the file does");
    }
    long difference = difference(signed.file(), file);
    if (difference >= 0) {
      throw damaged(difference, "the file is not the unsigned file with the signatures' place");
    }
    return signed;
  }

  private static Bytes unsigned(ElfFile elf, SignatureBlock block) {
    ElfClass elfClass = elf.header().elfClass();
    byte[] bytes = elf.bytes().slice(0, elfClass.fileHeaderSize()).toArray();
    put(bytes, HeaderField.E_SHOFF.offset(elfClass), elf.header().word(block.shoff()));
    put(bytes, HeaderField.E_SHENTSIZE.offset(elfClass), elf.header().half(block.shentsize()));
    put(bytes, HeaderField.E_SHNUM.offset(elfClass), elf.header().half(block.shnum()));
    put(bytes, HeaderField.E_SHSTRNDX.offset(elfClass), elf.header().half(block.shstrndx()));
    return elf.bytes()
        .slice(0, block.unsignedSize())
        .withChanges(List.of(new Change(0, Bytes.wrap(bytes))));
  }

  /** The first offset at which two files differ, or -1. */
  private static long difference(Bytes expected, Bytes file) {
    if (expected.size() != file.size()) {
      return Math.min(expected.size(), file.size());
    }
    return expected.differenceFrom(file);
  }

  private static void put(byte[] bytes, int offset, Bytes value) {
    System.arraycopy(value.toArray(), 0, bytes, offset, (int) value.size());
  }

  private static long align(long offset) {
    return offset + Math.floorMod(-offset, ALIGNMENT);
  }

  private long tableStart() {
    return align(tailStart + names.size());
  }

  private long blockStart() {
    return align(tableStart() + (long) sections.size() * header.elfClass().sectionHeaderSize());
  }

  private static Bytes names(ElfFile elf) {
    int index = elf.header().shstrndx();
    Bytes before = Bytes.wrap("\0.shstrtab\0".getBytes(StandardCharsets.US_ASCII));
    if (!elf.sections().isEmpty() && index != 0) {
      Section old = elf.sections().get(index);
      before = elf.bytes().slice(old.offset(), old.size());
    }
    byte[] added = (SignatureBlock.SECTION + "\0").getBytes(StandardCharsets.US_ASCII);
    return Bytes.concat(List.of(before, Bytes.wrap(added)));
  }

  /** The section headers of the signed file; sh_size of the last is not decided yet. */
  private List<Section> sections(ElfFile elf) {
    List<Section> all = new ArrayList<>(elf.sections());
    if (all.isEmpty()) {
      all.add(new Section(0, "", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    }
    if (header.shstrndx() == 0) {
      all.add(
          new Section(
              all.size(), ".shstrtab", 1, Section.SHT_STRTAB, 0, 0, tailStart, 0, 0, 0, 1, 0));
    }
    int index = namesIndex(all.size());
    all.set(index, all.get(index).at(all.get(index).addr(), tailStart, names.size()));
    long nameOffset = names.size() - SignatureBlock.SECTION.length() - 1;
    all.add(
        new Section(
            all.size(),
            SignatureBlock.SECTION,
            nameOffset,
            Section.SHT_PROGBITS,
            0,
            0,
            0,
            0,
            0,
            0,
            ALIGNMENT,
            0));
    return all;
  }

  private int namesIndex(int count) {
    return header.shstrndx() == 0 ? count - 1 : header.shstrndx();
  }

  private Bytes newHeader() {
    ElfClass elfClass = header.elfClass();
    byte[] bytes = unsigned.slice(0, elfClass.fileHeaderSize()).toArray();
    put(bytes, HeaderField.E_SHOFF.offset(elfClass), header.word(tableStart()));
    put(bytes, HeaderField.E_SHENTSIZE.offset(elfClass), header.half(elfClass.sectionHeaderSize()));
    put(bytes, HeaderField.E_SHNUM.offset(elfClass), header.half(sections.size()));
    put(
        bytes,
        HeaderField.E_SHSTRNDX.offset(elfClass),
        header.half(namesIndex(sections.size() - 1)));
    return Bytes.wrap(bytes);
  }

  /** From the end of the unsigned file to the start of the block. */
  private Bytes tail(long blockSize) {
    ByteWriter table = new ByteWriter(header.order());
    for (int i = 0; i < sections.size(); i++) {
      Section section = sections.get(i);
      boolean last = i == sections.size() - 1;
      (last ? section.at(0, blockStart(), blockSize) : section).write(table, header);
    }
    return Bytes.concat(
        List.of(
            Bytes.zeros(tailStart - unsigned.size()),
            names,
            Bytes.zeros(tableStart() - tailStart - names.size()),
            table.toBytes(),
            Bytes.zeros(blockStart() - tableStart() - table.size())));
  }

  /** The bytes that signatures cover. */
  public Bytes content() {
    Bytes encoded = block.encode(header.order());
    Bytes signed = encoded.slice(0, SignatureBlock.SIGNED_SIZE);
    return Bytes.concat(List.of(newHeader, rest(), tail(0), signed));
  }

  public Bytes file() {
    return Bytes.concat(List.of(newHeader, rest(), end()));
  }

  /** The signed file up to where the unsigned one ended; it does not depend on the signatures. */
  public Bytes start() {
    return Bytes.concat(List.of(newHeader, rest()));
  }

  /** The unsigned file behind its header. */
  private Bytes rest() {
    return unsigned.slice(newHeader.size(), unsigned.size() - newHeader.size());
  }

  /** What follows {@link #start}. */
  public Bytes end() {
    Bytes encoded = block.encode(header.order());
    return Bytes.concat(List.of(tail(encoded.size()), encoded, trailer));
  }

  /** The same file with other signatures. */
  public SignedBytes withCms(Bytes cms) {
    return new SignedBytes(ElfFile.parse(unsigned), cms);
  }

  /** The signatures: a ContentInfo of RFC 5652 in DER. */
  public Bytes cms() {
    return block.cms();
  }

  /** The file before it was signed. */
  public Bytes unsigned() {
    return unsigned;
  }

  private static ElfFormatException damaged(long offset, String reason) {
    return new ElfFormatException(
        Refusal.DAMAGED_SIGNATURE, offset, SignatureBlock.SECTION, reason);
  }
}
