package dev.hardwire.elf.note;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.generated.HardwireNote;
import java.nio.ByteOrder;
import java.util.List;

/**
 * What is needed to get the original file back.
 *
 * @param originalSize bytes; everything behind them was appended
 * @param originalSha256 digest of the original file
 * @param release the version of Hardwire that made the patch
 * @param ranges the bytes that were changed, ascending and without overlap, all inside the original
 */
public record PatchRecord(
    long originalSize, Bytes originalSha256, Release release, List<Range> ranges) {
  public static final long TYPE = 0x48570003L;
  private static final int FIXED_SIZE = 56;
  private static final int RANGE_SIZE = 12;
  private static final int MOST_RANGES = 1 << 16;

  /**
   * Bytes of the original.
   *
   * @param offset file offset in bytes
   */
  public record Range(long offset, Bytes old) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Range that && offset == that.offset && old.equals(that.old);
    }

    @Override
    public int hashCode() {
      return 31 * Long.hashCode(offset) + old.hashCode();
    }

    /** The first file offset behind the range. */
    public long end() {
      return offset + old.size();
    }
  }

  public PatchRecord {
    ranges = List.copyOf(ranges);
  }

  /** The file that the record restores, for people. */
  public String described() {
    return "%d bytes with SHA-256 %s, of which the patch changed %d ranges"
        .formatted(originalSize, originalSha256.hex(), ranges.size());
  }

  /** The record of a patch that this version makes. */
  public PatchRecord(long originalSize, Bytes originalSha256, List<Range> ranges) {
    this(originalSize, originalSha256, Release.CURRENT, ranges);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PatchRecord that
        && originalSize == that.originalSize
        && originalSha256.equals(that.originalSha256)
        && release.equals(that.release)
        && ranges.equals(that.ranges);
  }

  @Override
  public int hashCode() {
    return 31 * originalSha256.hashCode() + ranges.hashCode();
  }

  /** Of the descriptor, in bytes; a multiple of 8. */
  int size() {
    int size = FIXED_SIZE;
    for (Range range : ranges) {
      size = Math.addExact(size, RANGE_SIZE + Math.toIntExact(range.old().size()));
    }
    return Math.addExact(size, Math.floorMod(-size, Long.BYTES));
  }

  public Bytes encode(ByteOrder order) {
    ByteWriter writer =
        new ByteWriter(order, size())
            .u32(HardwireNotes.VERSION)
            .u32(ranges.size())
            .u64(originalSize)
            .bytes(originalSha256)
            .u16(release.major())
            .u16(release.minor())
            .u16(release.patch())
            .u16(0);
    for (Range range : ranges) {
      writer.u64(range.offset()).u32(range.old().size()).bytes(range.old());
    }
    return writer.align(Long.BYTES).toBytes();
  }

  static PatchRecord decode(Bytes desc, long fileOffset) {
    NoteReading reading = new NoteReading(desc, fileOffset, "patch record");
    reading.requireSize(FIXED_SIZE);
    reading.requireVersion(desc.u32(0), 0);
    reading.require(desc.u64(8) > 0, 8, "the size of the original is out of range");
    reading.require(desc.u16(54) == 0, 54, "reserved bytes are not zero");
    checkRanges(desc, reading);
    var raw = reading.parse(HardwireNote.Body.PatchRecord::new);
    List<Range> ranges =
        raw.ranges().stream()
            .map(range -> new Range(range.fileOffset(), Bytes.copyOf(range.old())))
            .toList();
    return new PatchRecord(
        raw.originalSize(),
        Bytes.copyOf(raw.originalSha256()),
        new Release(raw.major(), raw.minor(), raw.patch()),
        ranges);
  }

  private static void checkRanges(Bytes desc, NoteReading reading) {
    long count = desc.u32(4);
    long originalSize = desc.u64(8);
    reading.require(count <= MOST_RANGES, 4, count + " ranges are more than a patch changes");
    long at = FIXED_SIZE;
    long previousEnd = 0;
    for (long i = 0; i < count; i++) {
      reading.require(
          desc.size() - at >= RANGE_SIZE,
          at,
          "range " + i + " of " + count + " ends past the note");
      long offset = desc.u64(at);
      long size = desc.u32(at + 8);
      reading.require(
          size <= desc.size() - at - RANGE_SIZE, at + 8, "range " + i + " ends past the note");
      reading.require(offset >= previousEnd, at, "range " + i + " is not behind the one before it");
      reading.require(
          offset <= originalSize && size <= originalSize - offset,
          at,
          "range " + i + " ends past the original");
      previousEnd = offset + size;
      at += RANGE_SIZE + size;
    }
  }
}
