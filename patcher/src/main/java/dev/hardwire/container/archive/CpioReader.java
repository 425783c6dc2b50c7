package dev.hardwire.container.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.hardwire.output.WorkFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Reads the archive in an RPM package: cpio(5), "New ASCII Format". */
public final class CpioReader implements Contents {
  private static final String MAGIC = "070701";
  private static final String WITHOUT_ATTRIBUTES = "07070X";
  private static final String TRAILER = "TRAILER!!!";
  private static final int HEADER = 110;
  private static final int DIGITS = 8;
  private static final int LONGEST_NAME = 4096;
  private static final int SIZE = 6;
  private static final int FILE = 0100000;
  private static final int TYPE = 0170000;
  private static final long LARGEST = 0xffffffffL;

  /**
   * A file, directory or link.
   *
   * @param name without slashes at its ends
   * @param node tells hard links apart from other files; empty if it has one name
   * @param size of its content; 0 for all names of a file but the last one
   */
  public record Entry(String name, boolean isFile, Optional<String> node, long size) {}

  private final InputStream in;
  private final String place;
  private byte[] raw = {};
  private long left;
  private int padding;

  /**
   * Reads a stream from its start.
   *
   * @param place of the archive, for messages
   */
  public CpioReader(InputStream in, String place) {
    this.in = in;
    this.place = place;
  }

  /** The next entry; empty at the end, behind which nothing may be. */
  public Optional<Entry> next() throws IOException {
    transferTo(OutputStream.nullOutputStream(), left);
    octets(padding);
    padding = 0;
    byte[] header = octets(HEADER);
    String magic = new String(header, 0, MAGIC.length(), ISO_8859_1);
    require(!magic.equals(WITHOUT_ATTRIBUTES), "packages with a file of 4 GiB or more are refused");
    require(magic.equals(MAGIC), "the header of a file is damaged");
    long length = number(header, 11);
    require(length > 1 && length <= LONGEST_NAME, "a name has " + length + " bytes");
    byte[] name = octets((int) length);
    byte[] gap = octets((int) (-(HEADER + length) & 3));
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(header);
    whole.writeBytes(name);
    whole.writeBytes(gap);
    raw = whole.toByteArray();
    require(name[name.length - 1] == 0, "a name does not end");
    String text = new String(name, 0, name.length - 1, ISO_8859_1);
    left = number(header, SIZE);
    padding = (int) (-left & 3);
    if (text.equals(TRAILER)) {
      require(left == 0 && in.read() < 0, "has content behind its end");
      return Optional.empty();
    }
    long mode = number(header, 1);
    Optional<String> node =
        number(header, 4) > 1
            ? Optional.of(number(header, 0) + ":" + number(header, 7) + ":" + number(header, 8))
            : Optional.empty();
    boolean isFile = (mode & TYPE) == FILE;
    return Optional.of(new Entry(ArchiveNames.checked(text, place), isFile, node, left));
  }

  /** A field of 8 hexadecimal digits. */
  private long number(byte[] header, int field) throws IOException {
    String digits = new String(header, MAGIC.length() + field * DIGITS, DIGITS, ISO_8859_1);
    require(digits.matches("[0-9A-Fa-f]{8}"), "a field of a header is not a number");
    return Long.parseLong(digits, 16);
  }

  /** Reads content of the current entry; fewer bytes only at its end. */
  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int wanted = (int) Math.min(length, left);
    require(in.readNBytes(into, offset, wanted) == wanted, "ends early");
    left -= wanted;
    return wanted;
  }

  private byte[] octets(int count) throws IOException {
    byte[] octets = in.readNBytes(count);
    require(octets.length == count, "ends early");
    return octets;
  }

  private void require(boolean condition, String reason) throws IOException {
    ContainerException.require(condition, place, reason);
  }

  /**
   * Copies an archive, with other content for some of its files; all else stays as it is.
   *
   * @param changed new contents by the names of the entries that have content
   */
  public static void copy(InputStream in, OutputStream out, String place, Map<String, Path> changed)
      throws IOException {
    CpioReader reader = new CpioReader(in, place);
    int left = changed.size();
    for (Optional<Entry> next = reader.next(); next.isPresent(); next = reader.next()) {
      Entry entry = next.get();
      Path content = entry.isFile() && entry.size() > 0 ? changed.get(entry.name()) : null;
      long size = entry.size();
      if (content == null) {
        out.write(reader.raw);
        reader.transferTo(out, size);
      } else {
        left--;
        size = Files.size(content);
        ContainerException.require(size <= LARGEST, place, "a program would have 4 GiB or more");
        byte[] digits = "%08x".formatted(size).getBytes(ISO_8859_1);
        System.arraycopy(digits, 0, reader.raw, MAGIC.length() + SIZE * DIGITS, DIGITS);
        out.write(reader.raw);
        try (InputStream from = WorkFolder.open(content)) {
          from.transferTo(out);
        }
      }
      out.write(new byte[(int) (-size & 3)]);
    }
    if (left != 0) {
      throw new IOException(place + " changed while it was read");
    }
    out.write(reader.raw);
  }
}
