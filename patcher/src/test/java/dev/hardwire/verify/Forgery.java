package dev.hardwire.verify;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.InitArray;
import dev.hardwire.elf.Note;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Relocation;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.elf.note.SetupNote;
import dev.hardwire.filter.Filter;
import dev.hardwire.stub.SetupProgram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A patched 64-bit file in an attacker's hands. What is looked up here is what stood in the file
 * before the attack.
 */
final class Forgery {
  private static final int PROGRAM_HEADER = 56;
  private static final int SLACK = 0x400;

  final ElfFile elf;
  final HardwireNotes notes;
  int blobIndex;
  private final int firstBlobIndex;
  private final Bytes original;
  private byte[] bytes;
  private boolean hasOtherOriginal;
  private int noteCopies = 1;
  private long claimedHook;

  private Forgery(Bytes original, PatchedFile file) {
    this.original = original;
    this.elf = file.elf;
    this.notes = file.notes;
    this.blobIndex = file.elf.programHeaders().indexOf(file.blob);
    this.firstBlobIndex = blobIndex;
    this.bytes = file.bytes().toArray();
    this.claimedHook = file.notes.setup().hookAddress();
  }

  static Forgery of(Bytes original, PatchedFile file) {
    return new Forgery(original, file);
  }

  Bytes bytes() {
    return Bytes.copyOf(bytes);
  }

  Bytes original() {
    return hasOtherOriginal ? forgedOriginal() : original;
  }

  // ---- places

  /** File offset of the blob. */
  long blobOffset() {
    long address = notes.setup().blobAddress();
    return elf.fileOffset(address, 1).orElseThrow();
  }

  long blobAddress() {
    return notes.setup().blobAddress();
  }

  BlobHeader header() {
    return BlobHeader.decode(
        ElfClass.CLASS64, elf.bytes().slice(blobOffset(), notes.setup().blobSize()), blobOffset());
  }

  /** File offset of a field of the n-th record. */
  long record(int index, int field) {
    return blobOffset() + header().recordsOffset() + index * 64L + field;
  }

  private Filter installed() {
    Bytes blob = elf.bytes().slice(blobOffset(), notes.setup().blobSize());
    SetupProgram program = Blobs.program(elf.machine(), blob, header(), blobOffset());
    return Blobs.filters(elf.machine(), program).get(0);
  }

  int filterSize() {
    return installed().size();
  }

  /** File offset of the first instruction of the filter. */
  long filter() {
    byte[] encoded = installed().encode(elf.header().order()).toArray();
    return elf.bytes().indexOf(encoded, blobOffset());
  }

  /** File offset of a program header's field. */
  long programHeader(int index, int field) {
    return elf.header().phoff() + (long) index * PROGRAM_HEADER + field;
  }

  int index(long segmentType) {
    return elf.programHeaders().indexOf(elf.segment(segmentType).orElseThrow());
  }

  /** File offset of the value of a dynamic entry; the tag is 8 bytes before it. */
  long dynamic(long tag) {
    return elf.dynamicEntry(tag).orElseThrow().fileOffset() + 8;
  }

  long dynamicValue(long tag) {
    return elf.dynamicEntry(tag).orElseThrow().value();
  }

  long offsetOf(long address) {
    return elf.fileOffset(address, 1).orElseThrow();
  }

  InitArray.Element hooked() {
    InitArray array = InitArray.of(elf);
    return array.element((notes.setup().hookAddress() - array.address()) / 8);
  }

  /** File offset of the word that decides the hooked element. */
  long hookWord() {
    return hooked()
        .relocation()
        .map(
            relocation ->
                relocation.fileOffset() + Relocation.addendOffset(elf.header().elfClass()))
        .orElse(hooked().fileOffset());
  }

  /** File offset of the last relocation of a table. */
  long lastRelocation(long tag, long sizeTag) {
    return offsetOf(dynamicValue(tag)) + dynamicValue(sizeTag) - 24;
  }

  // ---- changes

  Forgery flip(long offset) {
    bytes[(int) offset] ^= 1;
    return this;
  }

  Forgery word(long offset, long value) {
    return put(offset, new ByteWriter(elf.header().order()).u64(value).toBytes());
  }

  Forgery half(long offset, long value) {
    return put(offset, new ByteWriter(elf.header().order()).u32(value).toBytes());
  }

  Forgery put(long offset, Bytes value) {
    System.arraycopy(value.toArray(), 0, bytes, (int) offset, (int) value.size());
    return this;
  }

  /** Sets tag and value of an entry that has another tag. */
  Forgery dynamic(long oldTag, long newTag, long value) {
    return word(dynamic(oldTag) - 8, newTag).word(dynamic(oldTag), value);
  }

  /** Makes the last relocation of a table another one. */
  Forgery relocation(long tag, long sizeTag, long address, long symbol, int type, long addend) {
    long at = lastRelocation(tag, sizeTag);
    return word(at, address).word(at + 8, symbol << 32 | type).word(at + 16, addend);
  }

  /** The symbol that a relocation may name: the first, with a size. */
  Forgery symbolSize(long size) {
    return word(
        offsetOf(dynamicValue(DynamicTag.SYMTAB)) + elf.header().elfClass().symbolSize() + 16,
        size);
  }

  /**
   * Adds space at the end of the file and of the blob's segment.
   *
   * @return the address of the space
   */
  long grow(Bytes content) {
    int start = (bytes.length + 15) & -16;
    bytes = Arrays.copyOf(bytes, start + (int) content.size());
    put(start, content);
    ProgramHeader segment = elf.programHeaders().get(firstBlobIndex);
    long size = bytes.length - segment.offset();
    word(programHeader(blobIndex, 32), size).word(programHeader(blobIndex, 40), size);
    long blobSize = size - (blobAddress() - segment.vaddr());
    word(blobOffset() + 48, blobSize);
    return segment.vaddr() + start - segment.offset();
  }

  long slack() {
    return grow(Bytes.wrap(new byte[SLACK]));
  }

  /** The attacker claims that the original had what was changed outside the patched ranges. */
  Forgery withOtherOriginal() {
    hasOtherOriginal = true;
    return this;
  }

  private Bytes forgedOriginal() {
    byte[] forged = Arrays.copyOf(bytes, (int) original.size());
    for (PatchRecord.Range range : notes.record().ranges()) {
      System.arraycopy(
          range.old().toArray(), 0, forged, (int) range.offset(), (int) range.old().size());
    }
    return Bytes.wrap(forged);
  }

  /**
   * A patch record that explains every change, in a new copy of the notes. The table of program
   * headers counts as changed as a whole.
   */
  Forgery withRecord(UnaryOperator<HardwireNotes> claim) {
    HardwireNotes claimed = claim.apply(notes);
    Bytes before = original();
    long tableStart = elf.header().phoff();
    long tableEnd = tableStart + (long) elf.header().phnum() * PROGRAM_HEADER;
    List<PatchRecord.Range> ranges = new ArrayList<>();
    for (int at = 0; at < before.size(); ) {
      int end = at;
      if (at == tableStart) {
        end = (int) tableEnd;
      } else {
        while (end < before.size() && end != tableStart && bytes[end] != (byte) before.u8(end)) {
          end++;
        }
      }
      if (end > at) {
        ranges.add(new PatchRecord.Range(at, before.slice(at, end - at)));
      }
      at = Math.max(end, at + 1);
    }
    PatchRecord record = new PatchRecord(before.size(), before.sha256(), ranges);
    int size = (int) notes(claimed, record, 0).size();
    long address = grow(Bytes.wrap(new byte[size]));
    put(bytes.length - size, notes(claimed, record, bytes.length - blobOffset()));
    int index = notesSegment();
    word(programHeader(index, 8), bytes.length - size).word(programHeader(index, 16), address);
    return word(programHeader(index, 32), size).word(programHeader(index, 40), size);
  }

  private Bytes notes(HardwireNotes claimed, PatchRecord record, long blobSize) {
    SetupNote setup = claimed.setup();
    boolean sameHook = setup.hookAddress() == notes.setup().hookAddress();
    SetupNote mended =
        new SetupNote(
            setup.hook(),
            setup.blobAddress(),
            blobSize,
            sameHook ? claimedHook : setup.hookAddress());
    Bytes once = new HardwireNotes(claimed.policy(), mended, record).encode(elf.header().order());
    ByteWriter all = new ByteWriter(elf.header().order());
    for (int i = 0; i < noteCopies; i++) {
      all.bytes(once);
    }
    return all.toBytes();
  }

  private int notesSegment() {
    for (int i = 0; i < elf.programHeaders().size(); i++) {
      if (HardwireNotes.areIn(elf, elf.programHeaders().get(i))) {
        return i;
      }
    }
    throw new AssertionError("no notes");
  }

  int noteHeader(int field) {
    return (int) programHeader(notesSegment(), field);
  }

  long entryField() {
    return HeaderField.E_ENTRY.offset(elf.header().elfClass());
  }

  long interpreter() {
    return elf.segment(SegmentType.INTERP).orElseThrow().offset();
  }

  long hookAddress() {
    return notes.setup().hookAddress();
  }

  /** The note is to say that the hook is there. */
  void claimHookAt(long address) {
    claimedHook = address;
  }

  /** The notes are to be there twice. */
  void doubleNotes() {
    noteCopies = 2;
  }

  /** File offset of the policy's text. */
  long policyText() {
    Note note =
        elf.notes().stream().filter(n -> n.type() == PolicyNote.TYPE).findFirst().orElseThrow();
    return note.descOffset() + 40;
  }

  /** The virtual address of a byte of the file. */
  long addressOf(long offset) {
    return elf.loads().stream()
        .filter(load -> load.overlapsFile(offset, offset + 1))
        .mapToLong(load -> load.vaddr() + offset - load.offset())
        .findFirst()
        .orElseThrow();
  }

  void copyHeader(int from, int to) {
    put(programHeader(to, 0), bytes().slice(programHeader(from, 0), PROGRAM_HEADER));
  }

  void blobMovedTo(int index) {
    blobIndex = index;
  }
}
