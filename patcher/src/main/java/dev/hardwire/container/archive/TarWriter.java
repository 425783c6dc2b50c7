package dev.hardwire.container.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;

/** Writes a tar archive: ustar, with extended headers (pax(1)) where its fields are too small. */
public final class TarWriter {
  private static final int NAME = 100;
  private static final int OWNER = 31;
  private static final long MOST_SMALL = 07777777;
  private static final long MOST_LARGE = 077777777777L;

  private final OutputStream out;

  public TarWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * Writes an entry with content.
   *
   * @param content at least as long as the header says
   */
  public void add(TarHeader header, InputStream content) throws IOException {
    addHeader(header);
    copy(content, header.size());
  }

  /** Writes the end of the archive; the stream stays open. */
  public void finish() throws IOException {
    out.write(new byte[2 * TarReader.BLOCK]);
  }

  private void copy(InputStream content, long size) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long left = size;
    while (left > 0) {
      int count = content.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (count < 0) {
        throw new IOException("the file became shorter while it was read");
      }
      out.write(buffer, 0, count);
      left -= count;
    }
    pad(out, size);
  }

  /** Fills the last block of a content. */
  static void pad(OutputStream out, long size) throws IOException {
    out.write(new byte[(int) (-size & (TarReader.BLOCK - 1))]);
  }

  /** Writes an entry without content, or what precedes its content. */
  public void addHeader(TarHeader header) throws IOException {
    String name = header.type() == EntryType.DIRECTORY ? header.name() + "/" : header.name();
    Map<String, String> records = new TreeMap<>(header.pax());
    putIf(records, "path", name, NAME);
    putIf(records, "linkpath", header.link(), NAME);
    putIf(records, "uname", header.user(), OWNER);
    putIf(records, "gname", header.group(), OWNER);
    putIf(records, "uid", header.uid(), MOST_SMALL);
    putIf(records, "gid", header.gid(), MOST_SMALL);
    putIf(records, "size", header.size(), MOST_LARGE);
    if (header.modified() < 0) {
      records.putIfAbsent("mtime", Long.toString(header.modified()));
    }
    if (!records.isEmpty()) {
      byte[] content = PaxRecords.encode(records);
      String last = ArchiveNames.last(header.name());
      String title = "PaxHeaders.0/" + last.substring(0, Math.min(last.length(), 80));
      out.write(block(title, 'x', 0644, 0, 0, content.length, 0, "", "", ""));
      out.write(content);
      pad(out, content.length);
    }
    out.write(
        block(
            cut(name, NAME),
            header.type().flag(),
            header.mode(),
            header.uid(),
            header.gid(),
            header.size(),
            Math.max(0, header.modified()),
            cut(header.link(), NAME),
            cut(header.user(), OWNER),
            cut(header.group(), OWNER)));
  }

  private static void putIf(Map<String, String> records, String key, String value, int longest) {
    if (value.length() > longest || value.chars().anyMatch(c -> c >= 0x80)) {
      records.put(key, value);
    }
  }

  private static void putIf(Map<String, String> records, String key, long value, long most) {
    if (value > most) {
      records.put(key, Long.toString(value));
    }
  }

  private static String cut(String text, int longest) {
    return text.substring(0, Math.min(text.length(), longest));
  }

  private static byte[] block(
      String name,
      char type,
      int mode,
      long uid,
      long gid,
      long size,
      long modified,
      String link,
      String user,
      String group) {
    byte[] block = new byte[TarReader.BLOCK];
    put(block, 0, name);
    octal(block, 100, 7, mode);
    octal(block, 108, 7, uid > MOST_SMALL ? 0 : uid);
    octal(block, 116, 7, gid > MOST_SMALL ? 0 : gid);
    octal(block, 124, 11, size > MOST_LARGE ? 0 : size);
    octal(block, 136, 11, modified > MOST_LARGE ? 0 : modified);
    put(block, 148, "        ");
    block[156] = (byte) type;
    put(block, 157, link);
    put(block, 257, "ustar\0" + "00");
    put(block, 265, user);
    put(block, 297, group);
    int sum = 0;
    for (byte octet : block) {
      sum += octet & 0xff;
    }
    octal(block, 148, 6, sum);
    block[154] = 0;
    return block;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] octets = text.getBytes(ISO_8859_1);
    System.arraycopy(octets, 0, block, at, octets.length);
  }

  private static void octal(byte[] block, int at, int digits, long value) {
    String text = Long.toOctalString(value);
    put(block, at, "0".repeat(digits - text.length()) + text);
  }
}
