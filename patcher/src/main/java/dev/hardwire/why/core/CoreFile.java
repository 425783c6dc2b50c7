package dev.hardwire.why.core;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tables of a core file (core(5); gABI): notes, and what of the memory it has.
 *
 * <p>Invariant: every offset and size was checked against the file.
 */
final class CoreFile {
  private static final int MAGIC = 0x7f454c46;
  private static final int ET_CORE = 4;
  private static final long PT_LOAD = 1;
  private static final long PT_NOTE = 4;

  /** e_phnum if the number does not fit (PN_XNUM); sh_info of the first section header has it. */
  private static final int MANY = 0xffff;

  /** Notes of a process with very many threads and files are smaller. */
  private static final long MOST_OF_NOTES = 1L << 28;

  private static final int MOST_NOTES = 1 << 20;

  private static final String KERNEL = "CORE";

  /** Far more than a process may have (vm.max_map_count is 65530 unless it is changed). */
  private static final int MOST_PARTS = 1 << 17;

  /** A segment of memory; bytes behind those in the file are not known. */
  record Part(long address, long offset, long size) {}

  private final Bytes bytes;
  private final Target target;

  /** By type; of several, such as those of threads, the first. */
  private final Map<Long, Bytes> notes = new HashMap<>();

  private int noteCount;
  private final List<Part> parts = new ArrayList<>();

  private CoreFile(Bytes bytes, Target target) {
    this.bytes = bytes.withOrder(target.order());
    this.target = target;
  }

  /**
   * Reads the tables.
   *
   * @throws CoreException if it is no core file of a supported architecture, or damaged
   */
  static CoreFile of(Bytes file) {
    try {
      require(
          file.size() >= 64 && file.withOrder(ByteOrder.BIG_ENDIAN).u32(0) == MAGIC,
          "not a core file: it is not an ELF file");
      ByteOrder order = file.u8(5) == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
      ElfClass elfClass = file.u8(4) == 1 ? ElfClass.CLASS32 : ElfClass.CLASS64;
      Bytes ordered = file.withOrder(order);
      require(ordered.u16(16) == ET_CORE, "not a core file: it is an ELF file of another type");
      int machine = ordered.u16(18);
      Target target =
          Target.of(machine, elfClass, order)
              .orElseThrow(
                  () -> new CoreException("a core file of an unknown machine (" + machine + ")"));
      CoreFile core = new CoreFile(ordered, target);
      core.readSegments();
      return core;
    } catch (BytesException e) {
      throw new CoreException(
          "the core file is damaged or cut (%s, at 0x%x)".formatted(e.getMessage(), e.offset()));
    }
  }

  private static void require(boolean condition, String reason) {
    if (!condition) {
      throw new CoreException(reason);
    }
  }

  private boolean isWide() {
    return target.elfClass() == ElfClass.CLASS64;
  }

  /** A word of a structure of the kernel. */
  long word(Bytes from, long offset) {
    return isWide() ? from.u64(offset) : from.u32(offset);
  }

  private void readSegments() {
    boolean wide = isWide();
    long table = word(bytes, wide ? 32 : 28);
    long size = target.elfClass().programHeaderSize();
    long count = bytes.u16(wide ? 56 : 44);
    if (count == MANY) {
      long sections = word(bytes, wide ? 40 : 32);
      count = bytes.u32(sections + (wide ? 44 : 28));
    }
    require(count <= MOST_PARTS, "the core file has too many segments");
    bytes.require(bytes.contains(table, count * size), table, "the program headers are cut");
    for (long i = 0; i < count; i++) {
      Bytes header = bytes.slice(table + i * size, size);
      long type = header.u32(0);
      long offset = word(header, wide ? 8 : 4);
      long address = word(header, wide ? 16 : 8);
      long length = word(header, wide ? 32 : 16);
      if (type == PT_NOTE) {
        require(length >= 0 && length <= MOST_OF_NOTES, "the core file has too many notes");
        readNotes(bytes.slice(offset, length));
      } else if (type == PT_LOAD && offset >= 0 && offset < bytes.size() && length > 0) {
        parts.add(new Part(address, offset, Math.min(length, bytes.size() - offset)));
      }
    }
  }

  private void readNotes(Bytes all) {
    long at = 0;
    while (all.size() - at >= 12) {
      long nameSize = all.u32(at);
      long size = all.u32(at + 4);
      long type = all.u32(at + 8);
      long content = at + 12 + aligned(nameSize);
      Bytes name = all.slice(at + 12, nameSize);
      Bytes value = all.slice(content, size);
      require(noteCount++ < MOST_NOTES, "the core file has too many notes");
      if (nameSize == KERNEL.length() + 1 && text(name).equals(KERNEL)) {
        notes.putIfAbsent(type, value);
      }
      at = content + aligned(size);
    }
  }

  private static long aligned(long size) {
    return (size + 3) & -4;
  }

  /** The characters up to the first NUL byte. */
  static String text(Bytes bytes) {
    byte[] all = bytes.slice(0, Math.min(bytes.size(), 4096)).toArray();
    int end = 0;
    while (end < all.length && all[end] != 0) {
      end++;
    }
    return new String(all, 0, end, java.nio.charset.StandardCharsets.UTF_8);
  }

  Target target() {
    return target;
  }

  /** The first note of a type; of several threads, that of the one that ended the process. */
  Optional<Bytes> note(long type) {
    return Optional.ofNullable(notes.get(type));
  }

  /** Bytes of the memory; fewer where it ends or is not in the file. */
  byte[] memory(long address, int length) {
    for (Part part : parts) {
      long within = address - part.address();
      if (within >= 0 && within < part.size()) {
        return bytes
            .slice(part.offset() + within, Math.min(length, part.size() - within))
            .toArray();
      }
    }
    return new byte[0];
  }
}
