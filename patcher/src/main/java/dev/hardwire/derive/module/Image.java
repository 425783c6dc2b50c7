package dev.hardwire.derive.module;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.form.NormalForm;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The bytes of a file by virtual address. Addresses are those in the file, before the dynamic
 * linker moves it.
 */
public final class Image {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** In bytes, on x86-64. */
  private static final long PAGE = 4096;

  /** The length of an instruction that loads a number of 64 bits, in bytes. */
  private static final int LONG_MOVE = 10;

  /** The length of one that loads an address relative to itself. */
  private static final int LONG_LEA = 7;

  private final ElfFile elf;
  private final byte[] bytes;
  private final boolean fixed;

  /** The segments, each by its index here. */
  private final List<ProgramHeader> loads;

  private final long[] starts;
  private final long[] fileOffsets;
  private final long[] fileSizes;
  private final long[] memorySizes;

  /** Tables for unwinding the stack: the address and the size of each. */
  private final long[] unwind;

  /**
   * Parts of segments without write access that the dynamic linker writes to (DT_TEXTREL), as the
   * heap of a GraalVM native image: the first address of each, and the first behind it.
   */
  private final long[] relocated;

  /** Null until that is asked. */
  private Boolean computesOffsetTable;

  /** A view of a file that was read before. */
  public Image(ElfFile elf) {
    this.elf = elf;
    this.bytes = elf.bytes().sharedArray();
    this.fixed = !elf.isPositionIndependent();
    this.loads = elf.loads();
    this.starts = new long[loads.size()];
    this.fileOffsets = new long[starts.length];
    this.fileSizes = new long[starts.length];
    this.memorySizes = new long[starts.length];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = loads.get(i).vaddr();
      fileOffsets[i] = loads.get(i).offset();
      fileSizes[i] = loads.get(i).filesz();
      memorySizes[i] = loads.get(i).memsz();
    }
    this.unwind = unwindTables(elf);
    this.relocated = relocatedParts(elf);
  }

  /**
   * Reads a file.
   *
   * @throws ElfFormatException naming the first field that is wrong
   */
  public static Image of(Bytes file) {
    return new Image(ElfFile.parse(file));
  }

  public ElfFile elf() {
    return elf;
  }

  /** The whole file; callers do not change it. */
  @SuppressWarnings("MissingOverride")
  public byte[] bytes() {
    return bytes;
  }

  /** Whether the Go linker made the file: it has a table of Go's functions. */
  boolean isGo() {
    return elf.section(GoCode::isTable).isPresent();
  }

  /** Whether addresses in the file are those in memory (ET_EXEC), so that numbers may be some. */
  public boolean isFixed() {
    return fixed;
  }

  /** The first segment that has the byte at an address in the file; -1 for none. */
  private int segment(long address) {
    for (int i = 0; i < starts.length; i++) {
      long within = address - starts[i];
      if (within >= 0 && within < fileSizes[i]) {
        return i;
      }
    }
    return -1;
  }

  /** The file offset of an address, or -1 if the file has no byte for it. */
  public int offset(long address) {
    int segment = segment(address);
    return segment < 0 ? -1 : (int) (fileOffsets[segment] + address - starts[segment]);
  }

  /** How many bytes of the file follow an offset in its segment, the byte at the offset too. */
  public int rest(long address) {
    int segment = segment(address);
    return segment < 0 ? 0 : (int) (fileSizes[segment] - (address - starts[segment]));
  }

  /** Whether a segment that nothing writes to has the address, in the file. */
  public boolean isConstant(long address) {
    int segment = segment(address);
    return segment >= 0 && !loads.get(segment).isWritable() && !isRelocated(address);
  }

  /** Whether the dynamic linker may write to a word at an address in spite of its segment. */
  private boolean isRelocated(long address) {
    for (int i = 0; i < relocated.length; i += 2) {
      if (address > relocated[i] - Long.BYTES && address < relocated[i + 1]) {
        return true;
      }
    }
    return false;
  }

  /** Divides segments where sections begin and end, and keeps the parts with relocations. */
  private static long[] relocatedParts(ElfFile elf) {
    LongList found = new LongList();
    if (!NormalForm.relocatesCode(elf)) {
      return found.toArray();
    }
    for (ProgramHeader load : elf.loads()) {
      if (load.isWritable()) {
        continue;
      }
      long end = load.vaddr() + load.memsz();
      LongStream sections =
          elf.sections().stream()
              .filter(Section::isAllocated)
              .flatMapToLong(s -> LongStream.of(s.addr(), s.addr() + s.size()));
      long[] cuts =
          LongStream.concat(LongStream.of(load.vaddr(), end), sections)
              .filter(cut -> cut >= load.vaddr() && cut <= end)
              .sorted()
              .distinct()
              .toArray();
      for (int i = 0; i + 1 < cuts.length; i++) {
        if (!elf.relocations().touching(cuts[i], cuts[i + 1] - cuts[i]).isEmpty()) {
          found.add(cuts[i]);
          found.add(cuts[i + 1]);
        }
      }
    }
    return found.toArray();
  }

  /**
   * The same for some bytes that the program cannot write from its start on, as the dynamic linker
   * writes them before that (PT_GNU_RELRO). It protects whole pages only.
   */
  public boolean isConstantAfterStart(long address, int size) {
    return elf.segment(SegmentType.GNU_RELRO).filter(s -> contains(s, address, size)).isPresent()
        || (isConstant(address) && isConstant(address + size - 1));
  }

  private static boolean contains(ProgramHeader segment, long address, int size) {
    long end = (segment.vaddr() + segment.memsz()) & -PAGE;
    return address >= segment.vaddr() && address + size <= end;
  }

  /**
   * Whether an address lies in tables for unwinding the stack, or in what follows them where no
   * section header says where they end.
   */
  public boolean isUnwindData(long address) {
    for (int i = 0; i < unwind.length; i += 2) {
      long within = address - unwind[i];
      if (within >= 0 && within < unwind[i + 1]) {
        return true;
      }
    }
    return false;
  }

  private static long[] unwindTables(ElfFile elf) {
    LongList found = new LongList();
    if (elf.sections().isEmpty()) {
      elf.segment(SegmentType.GNU_EH_FRAME)
          .ifPresent(
              header -> {
                found.add(header.vaddr());
                found.add(Long.MAX_VALUE);
              });
    }
    for (Section section : elf.sections()) {
      boolean unwinds =
          section.name().startsWith(".eh_frame") || section.name().startsWith(".gcc_except_table");
      if (unwinds && section.isAllocated()) {
        found.add(section.addr());
        found.add(section.size());
      }
    }
    return found.toArray();
  }

  /** Whether a segment has the address. */
  public boolean isMapped(long address) {
    for (int i = 0; i < starts.length; i++) {
      long within = address - starts[i];
      if (within >= 0 && within < memorySizes[i]) {
        return true;
      }
    }
    return false;
  }

  /** Whether a segment has the address, and no code. */
  boolean isData(long address) {
    return isMapped(address) && !elf.isExecutable(address);
  }

  /** The file offset of a table; refuses one that is not in the file. */
  int table(long address, long size, String field) {
    int at = offset(address);
    if (at < 0 || size < 0 || size > rest(address)) {
      throw new ElfFormatException(
          Refusal.BAD_DYNAMIC,
          0,
          field,
          "the table at 0x%x, 0x%x bytes, is not in the file".formatted(address, size));
    }
    return at;
  }

  int u8(int offset) {
    return bytes[offset] & 0xff;
  }

  int u16(int offset) {
    return (short) SHORT.get(bytes, offset) & 0xffff;
  }

  public int i32(int offset) {
    return (int) INT.get(bytes, offset);
  }

  long u32(int offset) {
    return (int) INT.get(bytes, offset) & 0xffff_ffffL;
  }

  long i64(int offset) {
    return (long) LONG.get(bytes, offset);
  }

  /** The word at an address; 0 where the file has none. */
  public long word(long address) {
    int at = rest(address) >= Long.BYTES ? offset(address) : -1;
    return at < 0 ? 0 : i64(at);
  }

  /** The signed 32-bit word at an address; 0 where the file has none. */
  public int half(long address) {
    int at = rest(address) >= Integer.BYTES ? offset(address) : -1;
    return at < 0 ? 0 : i32(at);
  }

  /** The unsigned number of one or two bytes at an address that the file has. */
  public int part(long address, int size) {
    int at = offset(address);
    return size == 1 ? u8(at) : u16(at);
  }

  /** Whether so many bytes of the file are at an address. */
  public boolean hasBytes(long address, int count) {
    return rest(address) >= count;
  }

  /**
   * Decodes the instruction at an address.
   *
   * @param end the first address that it does not reach
   */
  public void decode(Decoder decoder, long address, long end, Instruction into) {
    int offset = offset(address);
    decoder.decode(offset, (int) (offset + end - address), address, into);
  }

  /**
   * The slot that the code at an address jumps through at once, as entries of the PLT do; 0 if it
   * does something else.
   */
  public long thunk(long address) {
    int rest = Math.min(rest(address), 16);
    int start = offset(address);
    int at = start;
    if (rest >= 10 && i32(at) == 0xfa1e0ff3) { // endbr64
      at += 4;
    }
    if (rest >= 7 && (u8(at) == 0xf2 || u8(at) == 0x3e)) { // bnd, notrack
      at++;
    }
    if (at - start + 6 > rest || u8(at) != 0xff || u8(at + 1) != 0x25) {
      return 0;
    }
    return address + (at - start) + 6 + i32(at + 2);
  }

  /** The address of the global offset table, from which code has distances; 0 for none. */
  public long offsetTable() {
    return elf.section(section -> section.name().equals(".got.plt"))
        .or(() -> elf.section(section -> section.name().equals(".got")))
        .map(Section::addr)
        .orElse(elf.dynamicValue(DynamicTag.PLTGOT).orElse(0L));
  }

  /**
   * Whether code may compute the address of the global offset table: relative to an instruction, or
   * from a label and the distance to it, a number of 64 bits.
   */
  public boolean computesOffsetTable() {
    if (computesOffsetTable == null) {
      long table = offsetTable();
      computesOffsetTable =
          loads.stream()
              .filter(load -> (load.flags() & ProgramHeader.PF_X) != 0)
              .anyMatch(load -> computes(table, load));
    }
    return computesOffsetTable;
  }

  private boolean computes(long table, ProgramHeader load) {
    int start = (int) load.offset();
    int end = start + (int) load.filesz() - LONG_MOVE;
    for (int at = start; at <= end; at++) {
      if ((bytes[at] & 0xf8) != 0x48) { // REX.W
        continue;
      }
      int opcode = u8(at + 1);
      long next = load.vaddr() + at - start + LONG_LEA;
      boolean loads = opcode == 0x8d && (bytes[at + 2] & 0xc7) == 5 && next + i32(at + 3) == table;
      boolean moves = (opcode & 0xf8) == 0xb8 && elf.isExecutable(table - i64(at + 2));
      if (loads || moves) {
        return true;
      }
    }
    return false;
  }

  /** The printable text at an address, up to a NUL byte; empty if it is none. */
  public String text(long address, int longest) {
    int at = offset(address);
    int end = at;
    int limit = at + Math.min(longest, rest(address));
    while (at >= 0 && end < limit && bytes[end] >= ' ' && bytes[end] < 0x7f) {
      end++;
    }
    return at >= 0 && end < limit && bytes[end] == 0
        ? new String(bytes, at, end - at, java.nio.charset.StandardCharsets.US_ASCII)
        : "";
  }

  /** The file offsets of a text of ASCII, sorted. */
  public int[] offsets(String text) {
    Bytes all = Bytes.wrap(bytes);
    byte[] pattern = text.getBytes(StandardCharsets.US_ASCII);
    IntStream.Builder found = IntStream.builder();
    for (long at = all.indexOf(pattern, 0); at >= 0; at = all.indexOf(pattern, at + 1)) {
      found.add((int) at);
    }
    return found.build().toArray();
  }

  /** Whether a text of ASCII is anywhere in the file. */
  boolean hasText(String text) {
    return Bytes.wrap(bytes).indexOf(text.getBytes(StandardCharsets.US_ASCII), 0) >= 0;
  }
}
