package dev.hardwire.elf.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.policy.Hook;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is written comes back; what is damaged comes back as it stands or is refused as damaged. */
class NoteFormatsTest {
  private static final long WHERE = 0x4000;
  private static final long ALLOCATION_LIMIT = 1 << 20;
  private static final int BLOB_SIZE = 0x400;

  private static final PatchRecord RECORD =
      new PatchRecord(
          0x5000,
          PolicyNote.of("").sha256(),
          List.of(
              new PatchRecord.Range(24, bytes(8)),
              new PatchRecord.Range(32, bytes(1)),
              new PatchRecord.Range(0x4ffd, bytes(3))));
  private static final RawRecord RAW =
      new RawRecord(317, 3, 2, 1, 4, 0x1234, 0x0032_1000L, 0xfedc_ba98L, six(-1));
  private static final RawRecord RAW32 =
      new RawRecord(
          317,
          3,
          2,
          1,
          4,
          0x1234,
          0x0032_1000L,
          0xfedc_ba98L,
          List.of(0L, 1L, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL, 0x1234_5678L));
  private static final BlobHeader HEADER =
      new BlobHeader(62, -0x1234, 0x180, 2, 0x120, 0x200, 0x80, BLOB_SIZE);

  private static List<Long> six(long last) {
    return List.of(0L, 1L, Long.MAX_VALUE, Long.MIN_VALUE, 0xffff_ffffL, last);
  }

  private static Bytes bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  /** A blob is its header and whatever follows. */
  private static Bytes blob(BlobHeader header, ByteOrder order) {
    return new ByteWriter(order)
        .bytes(header.encode(order))
        .zeros(BLOB_SIZE - BlobHeader.SIZE)
        .toBytes();
  }

  private static Bytes raw(ElfClass elfClass, RawRecord record, ByteOrder order) {
    ByteWriter writer = new ByteWriter(order);
    record.write(writer, elfClass);
    return writer.toBytes();
  }

  /** A structure, how it is written and how it is read. */
  private record Format<T>(
      String name,
      T sample,
      BiFunction<T, ByteOrder, Bytes> encode,
      BiFunction<Bytes, Long, T> decode) {
    Bytes encoded(ByteOrder order) {
      return encode.apply(sample, order);
    }

    /** Whether the bytes are refused; other failures fail the test. */
    boolean refuses(Bytes bytes, String what) {
      try {
        assertThat(decode.apply(bytes, WHERE)).isNotNull();
        return false;
      } catch (ElfFormatException e) {
        boolean newer = e.reason().startsWith("made by a newer Hardwire (format ");
        assertThat(e.refusal())
            .as(what)
            .isEqualTo(newer ? Refusal.NEWER_FORMAT : Refusal.DAMAGED_PATCH);
        assertThat(e.offset()).as(what).isBetween(WHERE, WHERE + bytes.size());
        assertThat(e.field()).as(what).isEqualTo(name);
        return true;
      }
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static Format<BlobHeader> header(ElfClass elfClass) {
    return new Format<>(
        "blob header",
        HEADER,
        NoteFormatsTest::blob,
        (bytes, where) -> BlobHeader.decode(elfClass, bytes, where));
  }

  private static Format<RawRecord> record(ElfClass elfClass, RawRecord sample) {
    return new Format<>(
        "setup record",
        sample,
        (record, order) -> raw(elfClass, record, order),
        (bytes, where) -> RawRecord.decode(elfClass, bytes, where));
  }

  static Stream<Arguments> formats() {
    List<Format<?>> formats =
        List.of(
            new Format<>(
                "policy note",
                PolicyNote.of("version: 1\nname: \u00fc\n"),
                PolicyNote::encode,
                PolicyNote::decode),
            new Format<>(
                "setup note",
                new SetupNote(Optional.empty(), 0x5000, BLOB_SIZE, 0),
                SetupNote::encode,
                SetupNote::decode),
            new Format<>(
                "setup note",
                new SetupNote(Optional.of(Hook.POST_INIT), 0xffff_ffff_0000L, BLOB_SIZE, 0x3d8),
                SetupNote::encode,
                SetupNote::decode),
            new Format<>("patch record", RECORD, PatchRecord::encode, PatchRecord::decode),
            header(ElfClass.CLASS32),
            header(ElfClass.CLASS64),
            record(ElfClass.CLASS32, RAW32),
            record(ElfClass.CLASS64, RAW));
    return formats.stream()
        .flatMap(
            format ->
                Stream.of(
                    arguments(format, ByteOrder.LITTLE_ENDIAN),
                    arguments(format, ByteOrder.BIG_ENDIAN)));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void whatIsWrittenComesBack(Format<?> format, ByteOrder order) {
    Bytes bytes = format.encoded(order);
    assertThat(bytes.size() % 8).isZero();
    assertThat(format.decode().apply(bytes, WHERE)).isEqualTo(format.sample());
  }

  @ParameterizedTest
  @MethodSource("formats")
  void everyByteCanBeDamaged(Format<?> format, ByteOrder order) {
    damage(format, order, 37);
  }

  @ParameterizedTest
  @MethodSource("formats")
  @Tag("long")
  void everyByteCanHaveEveryValue(Format<?> format, ByteOrder order) {
    damage(format, order, 1);
  }

  /** Gives each byte one value of {@code step}, other bytes other ones. */
  private static void damage(Format<?> format, ByteOrder order, int step) {
    byte[] good = format.encoded(order).toArray();
    int refused = 0;
    for (int at = 0; at < Math.min(good.length, 256); at++) {
      for (int value = at % step; value < 256; value += step) {
        byte[] bad = good.clone();
        bad[at] = (byte) value;
        Bytes bytes = Bytes.wrap(bad).withOrder(order);
        refused += format.refuses(bytes, "byte %d = %d".formatted(at, value)) ? 1 : 0;
      }
    }
    assertThat(refused == 0).isEqualTo(format.name().equals("setup record"));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void everyTruncationIsRefused(Format<?> format, ByteOrder order) {
    Bytes good = format.encoded(order);
    long padding = format.sample() instanceof PolicyNote || format.sample() == RECORD ? 8 : 1;
    for (long size = 0; size <= good.size() - padding; size++) {
      Bytes bytes = good.slice(0, size);
      assertThat(format.refuses(bytes, size + " bytes")).as("%d bytes", size).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("formats")
  void randomBytesNeitherEscapeNorCostMemory(Format<?> format, ByteOrder order) {
    Random random = new Random(7);
    byte[] good = format.encoded(order).toArray();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 2000; i++) {
      byte[] bad = good.clone();
      int fields = 1 + random.nextInt(3);
      for (int n = 0; n < fields; n++) { // whole words, so that counts and lengths become huge
        int at = random.nextInt(Math.min(bad.length, 64) / 4) * 4;
        for (int b = at; b < at + 4; b++) {
          bad[b] = (byte) (random.nextBoolean() ? 0xff : random.nextInt(256));
        }
      }
      Bytes bytes = Bytes.wrap(bad).withOrder(order);
      long before = threads.getCurrentThreadAllocatedBytes();
      boolean unused = format.refuses(bytes, "round " + i);
      assertThat(threads.getCurrentThreadAllocatedBytes() - before)
          .as("allocated in round %d, refused: %s", i, unused)
          .isLessThan(ALLOCATION_LIMIT);
    }
  }

  private static Bytes record(long originalSize, long count, long... offsetsAndSizes) {
    ByteWriter writer = new ByteWriter(ByteOrder.LITTLE_ENDIAN).u32(1).u32(count);
    writer.u64(originalSize).zeros(40);
    for (int i = 0; i < offsetsAndSizes.length; i += 2) {
      writer.u64(offsetsAndSizes[i]).u32(offsetsAndSizes[i + 1]);
      writer.zeros((int) Math.min(offsetsAndSizes[i + 1], 64));
    }
    return writer.align(8).toBytes();
  }

  static Stream<Arguments> badRecords() {
    return Stream.of(
        arguments("range 1 is not behind the one before it", record(100, 2, 50, 4, 40, 4)),
        arguments("range 1 is not behind the one before it", record(100, 2, 50, 4, 53, 4)),
        arguments("range 1 is not behind the one before it", record(100, 2, 50, 4, 50, 4)),
        arguments("range 0 is not behind the one before it", record(100, 1, -1, 4)),
        arguments("range 0 ends past the original", record(100, 1, 97, 4)),
        arguments("range 0 ends past the original", record(100, 1, Long.MAX_VALUE, 4)),
        arguments("range 0 ends past the note", record(100, 1, 0, 0xffff_ffffL)),
        arguments("range 1 of 2 ends past the note", record(100, 2, 0, 4)),
        arguments("range 0 of 65536 ends past the note", record(100, 65_536)),
        arguments("65537 ranges are more than a patch changes", record(100, 65_537)),
        arguments("4294967295 ranges are more than a patch changes", record(100, 0xffff_ffffL)),
        arguments("the size of the original is out of range", record(0, 0)),
        arguments("the size of the original is out of range", record(-1, 0)));
  }

  @ParameterizedTest
  @MethodSource("badRecords")
  void rangesThatNoPatchHasAreRefused(String reason, Bytes record) {
    assertThatThrownBy(() -> PatchRecord.decode(record, WHERE))
        .isInstanceOf(ElfFormatException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void rangesThatTouchAreFine() {
    PatchRecord record = PatchRecord.decode(record(100, 3, 0, 4, 4, 4, 96, 4), WHERE);
    assertThat(record.ranges()).extracting(PatchRecord.Range::end).containsExactly(4L, 8L, 100L);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, does not start with HARDWIRE",
    "8, 0, version 0 is not known",
    "9, 4, version 1025 is not known",
    "8, 2, made by a newer Hardwire (format 2)",
    "12, 1, flags are not known",
    "26, 1, the records end past the blob",
    "29, 1, the records end past the blob",
    "31, 0xff, too many records",
    "32, 65, the code does not follow the header",
    "38, 1, the code ends past the blob",
    "39, 0xff, the code ends past the blob",
    "43, 0xff, the data ends past the blob",
    "47, 0xff, the data ends past the blob",
    "49, 1, the blob's size differs from its segment's",
    "55, 0xff, the blob's size differs from its segment's",
    "63, 1, reserved bytes are not zero",
  })
  void aDamagedBlobHeaderSaysWhatIsWrong(int at, String value, String reason) {
    byte[] blob = blob(HEADER, ByteOrder.LITTLE_ENDIAN).toArray();
    blob[at] = (byte) (int) Integer.decode(value);
    assertThatThrownBy(() -> BlobHeader.decode(ElfClass.CLASS64, Bytes.wrap(blob), WHERE))
        .isInstanceOf(ElfFormatException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aPolicyIsIntactOnlyWithItsDigest() {
    PolicyNote note = PolicyNote.of("version: 1\n");
    assertThat(note.isIntact()).isTrue();
    assertThat(new PolicyNote("version: 2\n", note.sha256()).isIntact()).isFalse();
    byte[] invalidUtf8 = {(byte) 0xc3, '(', 'a'};
    Bytes digest = Bytes.wrap(invalidUtf8).sha256();
    Bytes desc =
        new ByteWriter(ByteOrder.LITTLE_ENDIAN)
            .u32(1)
            .u32(invalidUtf8.length)
            .bytes(digest)
            .bytes(invalidUtf8)
            .align(8)
            .toBytes();
    assertThat(PolicyNote.decode(desc, WHERE).isIntact()).as("text that is not UTF-8").isFalse();
  }

  @ParameterizedTest
  @MethodSource("dev.hardwire.stub.SetupProgramTest#orders")
  void randomPatchRecordsComeBack(ByteOrder order) {
    Random random = new Random(3);
    for (int i = 0; i < 300; i++) {
      List<PatchRecord.Range> ranges = new ArrayList<>();
      long at = 0;
      for (int n = random.nextInt(20); n > 0; n--) {
        at += random.nextInt(1000);
        Bytes old = bytes(1 + random.nextInt(40));
        ranges.add(new PatchRecord.Range(at, old));
        at += old.size();
      }
      PatchRecord record = new PatchRecord(at + 1 + random.nextInt(1000), bytes(32), ranges);
      assertThat(PatchRecord.decode(record.encode(order), WHERE)).isEqualTo(record);
    }
  }

  @Test
  void theThreeNotesStandOneBehindTheOther() {
    HardwireNotes notes =
        new HardwireNotes(
            PolicyNote.of("x"), new SetupNote(Optional.of(Hook.ENTRY), 1, 2, 0), RECORD);
    Bytes bytes = notes.encode(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.size() % 8).isZero();
    String text = new String(bytes.toArray(), StandardCharsets.ISO_8859_1);
    Function<String, Long> count = pattern -> (long) text.split(pattern, -1).length - 1;
    assertThat(count.apply("Hardwire\0")).isEqualTo(3);
  }
}
