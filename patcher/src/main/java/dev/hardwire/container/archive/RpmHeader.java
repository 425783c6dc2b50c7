package dev.hardwire.container.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.hardwire.bytes.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A header of an RPM package: values by their tags (RPM's manual, "Format of the package file").
 * Texts are octets, held as ISO 8859-1.
 *
 * <p>Invariants: no tag is there twice, all values lie in the one region that digests and
 * signatures are about, and together they are no longer than it.
 */
public final class RpmHeader {
  /** The tag of the region of the header for signatures. */
  public static final int SIGNATURES = 62;

  /** The tag of the region of the header that describes the package. */
  public static final int IMMUTABLE = 63;

  private static final byte[] MAGIC = {(byte) 0x8e, (byte) 0xad, (byte) 0xe8, 1, 0, 0, 0, 0};
  private static final int START = MAGIC.length + 2 * Integer.BYTES;
  private static final int ENTRY = 4 * Integer.BYTES;
  private static final int MOST_ENTRIES = 0xffff;
  private static final int LARGEST = 64 << 20;

  /** The types of values. */
  private static final int INT16 = 3;

  private static final int INT32 = 4;
  private static final int INT64 = 5;
  private static final int STRING = 6;
  private static final int BINARY = 7;
  private static final int STRINGS = 8;
  private static final int LOCAL_STRINGS = 9;

  /**
   * A value.
   *
   * @param count of its elements
   */
  private record Value(int type, int count, Bytes data) {}

  private final int region;
  private final String place;
  private final int size;
  private final Map<Integer, Value> values = new TreeMap<>();

  private RpmHeader(int region, String place, int size) {
    this.region = region;
    this.place = place;
    this.size = size;
  }

  /**
   * Reads a header.
   *
   * @param region the tag that its region must have
   * @param place names the package in messages
   */
  public static RpmHeader read(Bytes bytes, long offset, int region, String place)
      throws IOException {
    require(bytes.contains(offset, START), place, "ends early");
    ByteBuffer start = ByteBuffer.wrap(bytes.slice(offset, START).toArray());
    byte[] magic = new byte[MAGIC.length];
    start.get(magic);
    require(ByteBuffer.wrap(magic).equals(ByteBuffer.wrap(MAGIC)), place, "no header begins there");
    long entries = Integer.toUnsignedLong(start.getInt());
    long length = Integer.toUnsignedLong(start.getInt());
    require(
        entries > 0 && entries <= MOST_ENTRIES && length <= LARGEST,
        place,
        "the header has %d entries with %d bytes".formatted(entries, length));
    long whole = START + entries * ENTRY + length;
    require(bytes.contains(offset, whole), place, "ends early");
    RpmHeader header = new RpmHeader(region, place, (int) whole);
    header.read(ByteBuffer.wrap(bytes.slice(offset, whole).toArray()), (int) entries);
    return header;
  }

  private static void require(boolean condition, String place, String reason) throws IOException {
    ContainerException.require(condition, place, "not an RPM package, or damaged: " + reason);
  }

  private void read(ByteBuffer bytes, int entries) throws IOException {
    ByteBuffer data = bytes.slice(START + entries * ENTRY, size - START - entries * ENTRY);
    int end = data.limit();
    long total = 0;
    for (int i = 0; i < entries; i++) {
      int at = START + i * ENTRY;
      int tag = bytes.getInt(at);
      int type = bytes.getInt(at + Integer.BYTES);
      int offset = bytes.getInt(at + 2 * Integer.BYTES);
      int count = bytes.getInt(at + 3 * Integer.BYTES);
      String name = "tag " + Integer.toUnsignedString(tag);
      require(offset >= 0 && offset <= end && count > 0, place, name + " lies outside");
      if (i == 0) {
        require(
            tag == region
                && type == BINARY
                && count == ENTRY
                && offset == end - ENTRY
                && data.getInt(offset) == region
                && data.getInt(offset + 2 * Integer.BYTES) == -entries * ENTRY,
            place,
            "it has values outside of its region");
      } else {
        long length = length(data, type, offset, count);
        require(length >= 0 && length <= end - offset, place, name + " has a wrong value");
        total += length;
        require(total <= end, place, name + " shares its value with others");
        byte[] value = new byte[(int) length];
        data.get(offset, value);
        boolean isFirst = values.put(tag, new Value(type, count, Bytes.wrap(value))) == null;
        require(tag > IMMUTABLE && isFirst, place, name + " is there twice");
      }
    }
  }

  /** The size of a value in bytes; negative if its texts have no end. */
  private static long length(ByteBuffer data, int type, int offset, int count) {
    boolean isText = type == STRING || type == STRINGS || type == LOCAL_STRINGS;
    if (!isText) {
      return type <= BINARY && type > 0 ? (long) count * width(type) : -1;
    }
    int at = offset;
    for (int left = type == STRING ? 1 : count; left > 0; at++) {
      if (at == data.limit()) {
        return -1;
      }
      left -= data.get(at) == 0 ? 1 : 0;
    }
    return (long) at - offset;
  }

  private static int width(int type) {
    return switch (type) {
      case INT16 -> Short.BYTES;
      case INT32 -> Integer.BYTES;
      case INT64 -> Long.BYTES;
      default -> 1;
    };
  }

  /** How many bytes it had when it was read. */
  public int size() {
    return size;
  }

  public boolean has(int tag) {
    return values.containsKey(tag);
  }

  /** The texts of a tag; none if it has no value. */
  public List<String> texts(int tag) throws IOException {
    Value value = values.get(tag);
    if (value == null) {
      return List.of();
    }
    boolean isText = value.type() == STRING || value.type() >= STRINGS;
    require(isText, place, "tag %d is not a text".formatted(tag));
    List<String> texts = new ArrayList<>();
    byte[] data = value.data().toArray();
    int start = 0;
    for (int at = 0; at < data.length; at++) {
      if (data[at] == 0) {
        texts.add(new String(data, start, at - start, ISO_8859_1));
        start = at + 1;
      }
    }
    return texts;
  }

  public Optional<String> text(int tag) throws IOException {
    return texts(tag).stream().findFirst();
  }

  /** The text of a tag that every package has. */
  public String requiredText(int tag) throws IOException {
    Optional<String> text = text(tag);
    require(text.isPresent(), place, "it has no tag " + tag);
    return text.get();
  }

  /** The numbers of a tag, without sign; none if it has no value. */
  public long[] numbers(int tag) throws IOException {
    Value value = values.get(tag);
    if (value == null) {
      return new long[0];
    }
    require(
        value.type() >= INT16 && value.type() <= INT64,
        place,
        "tag %d is not a number".formatted(tag));
    ByteBuffer data = ByteBuffer.wrap(value.data().toArray());
    long[] numbers = new long[value.count()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] =
          switch (value.type()) {
            case INT16 -> Short.toUnsignedLong(data.getShort());
            case INT32 -> Integer.toUnsignedLong(data.getInt());
            default -> data.getLong();
          };
    }
    return numbers;
  }

  /** The octets of a tag, or none. */
  public byte[] octets(int tag) {
    Value value = values.get(tag);
    return value == null ? new byte[0] : value.data().toArray();
  }

  /** Replaces the texts of a tag that has some. */
  public void set(int tag, List<String> texts) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (String text : texts) {
      data.writeBytes(text.getBytes(ISO_8859_1));
      data.write(0);
    }
    values.put(
        tag, new Value(values.get(tag).type(), texts.size(), Bytes.wrap(data.toByteArray())));
  }

  /** Replaces the numbers of a tag that has some. */
  public void set(int tag, long[] numbers) throws IOException {
    int type = values.get(tag).type();
    ByteBuffer data = ByteBuffer.allocate(numbers.length * width(type));
    for (long number : numbers) {
      long limit = type == INT64 ? Long.MAX_VALUE : (1L << (Byte.SIZE * width(type))) - 1;
      ContainerException.require(
          number >= 0 && number <= limit, place, "would be too large for tag " + tag);
      switch (type) {
        case INT16 -> data.putShort((short) number);
        case INT32 -> data.putInt((int) number);
        default -> data.putLong(number);
      }
    }
    values.put(tag, new Value(type, numbers.length, Bytes.wrap(data.array())));
  }

  /** Replaces the octets of a tag that has some. */
  public void set(int tag, byte[] octets) {
    values.put(tag, new Value(values.get(tag).type(), octets.length, Bytes.copyOf(octets)));
  }

  /** Removes all values whose tags are not in a list; says whether one of some tags was there. */
  public boolean keepOnly(List<Integer> kept, List<Integer> asked) {
    boolean hasAsked = values.keySet().stream().anyMatch(asked::contains);
    values.keySet().retainAll(kept);
    return hasAsked;
  }

  /** The bytes of the header. */
  public byte[] encode() {
    int entries = values.size() + 1;
    ByteBuffer index = ByteBuffer.allocate(START + entries * ENTRY);
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    index.position(START + ENTRY);
    values.forEach(
        (tag, value) -> {
          data.writeBytes(new byte[-data.size() & (width(value.type()) - 1)]);
          index.putInt(tag).putInt(value.type()).putInt(data.size()).putInt(value.count());
          data.writeBytes(value.data().toArray());
        });
    int end = data.size();
    index.put(0, MAGIC).position(MAGIC.length);
    index.putInt(entries).putInt(end + ENTRY);
    index.putInt(region).putInt(BINARY).putInt(end).putInt(ENTRY);
    ByteBuffer trailer = ByteBuffer.allocate(ENTRY);
    trailer.putInt(region).putInt(BINARY).putInt(-entries * ENTRY).putInt(ENTRY);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(index.array());
    all.writeBytes(data.toByteArray());
    all.writeBytes(trailer.array());
    return all.toByteArray();
  }
}
