package dev.hardwire.container.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a tar archive (ustar, pax and GNU's long names) from front to back. What different programs
 * could understand in different ways is refused: sparse files, unknown types, wrong sums, keywords
 * that are there twice.
 *
 * <p>Apache Commons Compress decodes extended attributes as UTF-8 text, which damages file
 * capabilities; so this is read here.
 */
public final class TarReader implements Contents {
  public static final int BLOCK = 512;

  /** Bytes of a name, or of the records of an entry. */
  private static final int LONGEST = 1 << 20;

  private static final int NAME = 100;

  /** Spaces, digits, and what is behind a zero byte; or nothing. */
  private static final Pattern OCTAL =
      Pattern.compile(" *([0-7]{1,20}) *(?:\\x00.*)?|[ \\x00]*", Pattern.DOTALL);

  private static final String ENDS_EARLY = "ends early";
  private static final String OFFSET = " (at offset ";

  private final InputStream in;
  private final String place;
  private final byte[] block = new byte[BLOCK];
  private final ByteArrayOutputStream headers = new ByteArrayOutputStream();
  private long left;
  private long padding;
  private long position;
  private boolean hasSizeRecord;

  /** The name of the current entry, for messages; empty before the first. */
  private String entry = "";

  /**
   * A reader.
   *
   * @param place the archive, for messages
   */
  public TarReader(InputStream in, String place) {
    this.in = in;
    this.place = place;
  }

  /** The offset in bytes of what is read next; behind a header, that of the content. */
  public long position() {
    return position;
  }

  /** The next entry; empty at the end of the archive. */
  public Optional<TarHeader> next() throws IOException {
    skip(left + padding);
    left = 0;
    padding = 0;
    headers.reset();
    PaxRecords records = PaxRecords.NONE;
    String longName = "";
    String longLink = "";
    while (true) {
      if (!readBlock()) {
        require(records.isEmpty() && longName.isEmpty() && longLink.isEmpty(), "ends early");
        return Optional.empty();
      }
      checkSum();
      char type = (char) (block[156] & 0xff);
      switch (type) {
        case 'x' -> {
          require(records.isEmpty(), "an entry has two extended headers");
          records = PaxRecords.parse(content(), place);
        }
        case 'g' -> PaxRecords.parse(content(), place).requireComment(place);
        case 'L' -> longName = once(longName, text(content()));
        case 'K' -> longLink = once(longLink, text(content()));
        default -> {
          require(longName.isEmpty() || records.get("path").isEmpty(), "an entry has two names");
          require(
              longLink.isEmpty() || records.get("linkpath").isEmpty(), "an entry has two links");
          return Optional.of(header(type, records, longName, longLink));
        }
      }
    }
  }

  private TarHeader header(char flag, PaxRecords records, String longName, String longLink)
      throws IOException {
    boolean ustar = field(257, 6).equals("ustar");
    boolean gnu = field(257, 6).equals("ustar ");
    requireVariant(ustar, gnu);
    String prefix = ustar ? field(345, 155) : "";
    String name = (prefix.isEmpty() ? "" : prefix + "/") + field(0, NAME);
    name = records.or("path", longName.isEmpty() ? name : longName);
    String shown = TarHeader.shown(name);
    entry = shown;
    EntryType type = type(flag, name, shown);
    long size = number(records, "size", 124, 12);
    hasSizeRecord = records.get("size").isPresent();
    boolean hasContent = type == EntryType.FILE;
    require(size >= 0, shown + ": negative size");
    require(hasContent || size == 0, shown + ": has content, but is no file");
    require(!records.isSparse(), shown + ": sparse files in layers are not supported");
    left = size;
    padding = -left & (BLOCK - 1);
    return new TarHeader(
        ArchiveNames.checked(name, place),
        type,
        (int) octal(100, 8) & 07777,
        number(records, "uid", 108, 8),
        number(records, "gid", 116, 8),
        size,
        modified(records),
        records.or("linkpath", longLink.isEmpty() ? field(157, NAME) : longLink),
        records.or("uname", ustar || gnu ? field(265, 32) : ""),
        records.or("gname", ustar || gnu ? field(297, 32) : ""),
        records.others());
  }

  /** Refuses headers in which some programs see a prefix of the name, and others do not. */
  private void requireVariant(boolean ustar, boolean gnu) throws IOException {
    if (ustar) {
      require(
          field(263, 2).equals("00") && !field(508, 4).equals("tar"),
          "a header is neither POSIX's nor GNU's");
    } else if (gnu) {
      octal(345, 12); // GNU's times, where others have the prefix
      octal(357, 12);
    }
  }

  private String once(String earlier, String name) throws IOException {
    require(earlier.isEmpty(), "an entry has two long names");
    require(name.indexOf(0) < 0, "a long name contains a zero byte");
    return name;
  }

  private EntryType type(char flag, String name, String shown) throws IOException {
    if (flag == 0 || flag == '7') {
      return name.endsWith("/") ? EntryType.DIRECTORY : EntryType.FILE;
    }
    for (EntryType type : EntryType.values()) {
      if (type.flag() == flag) {
        return type == EntryType.FILE && name.endsWith("/") ? EntryType.DIRECTORY : type;
      }
    }
    throw new ContainerException(
        place, "%s: entry of type 0x%02x is not supported".formatted(shown, (int) flag));
  }

  /** The headers of the current entry as they are, with extended ones. */
  byte[] rawHeaders() {
    return headers.toByteArray();
  }

  /** The same for content of another size. */
  byte[] rawHeaders(long size) throws IOException {
    byte[] raw = rawHeaders();
    String digits = Long.toOctalString(size);
    require(!hasSizeRecord, "the size of a file to change is in an extended header");
    require(digits.length() <= 11, "a file of more than 8 GiB");
    int last = raw.length - BLOCK;
    byte[] field = ("0".repeat(11 - digits.length()) + digits + "\0").getBytes(ISO_8859_1);
    System.arraycopy(field, 0, raw, last + 124, field.length);
    System.arraycopy("        ".getBytes(ISO_8859_1), 0, raw, last + 148, 8);
    int sum = 0;
    for (int i = last; i < raw.length; i++) {
      sum += raw[i] & 0xff;
    }
    byte[] text = "%06o\0 ".formatted(sum).getBytes(ISO_8859_1);
    System.arraycopy(text, 0, raw, last + 148, text.length);
    return raw;
  }

  /** Reads content of the current entry; fewer bytes only at its end. */
  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int wanted = (int) Math.min(length, left);
    readFully(into, offset, wanted);
    left -= wanted;
    return wanted;
  }

  private byte[] content() throws IOException {
    long size = octal(124, 12);
    require(size >= 0 && size <= LONGEST, "an extended header has " + size + " bytes");
    byte[] content = new byte[(int) size];
    readFully(content, 0, content.length);
    skip(-size & (BLOCK - 1));
    headers.writeBytes(content);
    headers.writeBytes(new byte[(int) (-size & (BLOCK - 1))]);
    return content;
  }

  private static String text(byte[] content) {
    int end = content.length;
    while (end > 0 && content[end - 1] == 0) {
      end--;
    }
    return new String(content, 0, end, ISO_8859_1);
  }

  private long modified(PaxRecords records) throws IOException {
    Optional<String> given = records.get("mtime");
    if (given.isPresent()) {
      String seconds = given.get().replaceFirst("\\..*", "");
      require(seconds.matches("-?[0-9]{1,15}"), "mtime is not a number");
      return Long.parseLong(seconds);
    }
    return octal(136, 12);
  }

  private long number(PaxRecords records, String key, int offset, int length) throws IOException {
    Optional<String> given = records.get(key);
    if (given.isEmpty()) {
      return octal(offset, length);
    }
    require(given.get().matches("[0-9]{1,18}"), key + " is not a number");
    return Long.parseLong(given.get());
  }

  /**
   * A number in octal, or in base 256 if its first bit is set. What tar programs read in different
   * ways is refused.
   */
  private long octal(int offset, int length) throws IOException {
    if ((block[offset] & 0x80) != 0) {
      return binary(offset, length);
    }
    Matcher matcher = OCTAL.matcher(new String(block, offset, length, ISO_8859_1));
    ContainerException.require(matcher.matches(), place, "a number is not octal");
    return matcher.group(1) == null ? 0 : Long.parseLong(matcher.group(1), 8);
  }

  /** The bit behind the first one is the sign. */
  private long binary(int offset, int length) throws IOException {
    boolean negative = (block[offset] & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      int octet = block[offset + i] & 0xff;
      octet = i == 0 && !negative ? octet & 0x7f : octet;
      long next = (value << 8) | octet;
      ContainerException.require(next >> 8 == value, place, "a number is too large");
      value = next;
    }
    return value;
  }

  private String field(int offset, int length) {
    int end = offset;
    while (end < offset + length && block[end] != 0) {
      end++;
    }
    return new String(block, offset, end - offset, ISO_8859_1);
  }

  private void checkSum() throws IOException {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : block[i] & 0xff;
    }
    require(sum == octal(148, 8), "a header at offset %d is damaged".formatted(position - BLOCK));
  }

  /** Reads a block; false at the end: two blocks of zeros, or the end of the stream. */
  private boolean readBlock() throws IOException {
    int count = octets(block, 0, BLOCK);
    if (count == 0) {
      return false;
    }
    position += count;
    require(count == BLOCK, ENDS_EARLY);
    for (byte octet : block) {
      if (octet != 0) {
        headers.writeBytes(block);
        return true;
      }
    }
    requireZeros();
    return false;
  }

  /** Nothing follows the end of the archive that another program could read. */
  private void requireZeros() throws IOException {
    byte[] rest = new byte[BLOCK * 16];
    int count = octets(rest, 0, rest.length);
    while (count > 0) {
      for (int i = 0; i < count; i++) {
        require(rest[i] == 0, "has content behind its end");
      }
      position += count;
      count = octets(rest, 0, rest.length);
    }
  }

  private void skip(long count) throws IOException {
    long rest = count;
    try {
      while (rest > 0) {
        long skipped = in.skip(rest);
        if (skipped <= 0) {
          require(in.read() >= 0, ENDS_EARLY);
          skipped = 1;
        }
        rest -= skipped;
        position += skipped;
      }
    } catch (ContainerException e) {
      throw here(e);
    }
  }

  private void readFully(byte[] into, int offset, int length) throws IOException {
    int count = octets(into, offset, length);
    position += count;
    require(count == length, ENDS_EARLY);
  }

  /** Reads as much as there is. */
  private int octets(byte[] into, int offset, int length) throws IOException {
    try {
      return in.readNBytes(into, offset, length);
    } catch (ContainerException e) {
      throw here(e);
    }
  }

  private void require(boolean condition, String reason) throws IOException {
    if (!condition) {
      throw here(new ContainerException(place, reason));
    }
  }

  /** An error with the entry and the offset in the archive at which it occurred. */
  private ContainerException here(ContainerException cause) {
    String reason = cause.getReason();
    if (reason.endsWith(")") && reason.contains(OFFSET)) {
      return cause;
    }
    String within = entry.isEmpty() || reason.startsWith(entry) ? "" : entry + ": ";
    return new ContainerException(
        cause.getFile(), within + reason + OFFSET + position + " of the archive)");
  }
}
