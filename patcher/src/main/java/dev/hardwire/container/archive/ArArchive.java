package dev.hardwire.container.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The archive that a Debian package is (deb(5), ar(5)): {@code debian-binary}, and members with
 * short names.
 *
 * @param members in their order
 */
public record ArArchive(Path path, List<Member> members) {
  public static final String MAGIC = "!<arch>\n";

  private static final int HEADER = 60;
  private static final int NAME = 16;
  private static final int SIZE = 48;
  private static final int SIZE_DIGITS = 10;
  private static final int MOST_MEMBERS = 100;

  /**
   * A member.
   *
   * @param raw its header, octets as ISO 8859-1 text
   * @param offset of its content
   */
  public record Member(String name, String raw, long offset, long size) {
    /** The header for content of another size. */
    public byte[] header(long newSize) {
      byte[] header = raw.getBytes(ISO_8859_1);
      String text = newSize + " ".repeat(SIZE_DIGITS); // format has other digits in some locales
      byte[] digits = text.getBytes(ISO_8859_1);
      System.arraycopy(digits, 0, header, SIZE, SIZE_DIGITS);
      return header;
    }
  }

  public static ArArchive read(Path path) throws IOException {
    List<Member> members = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      String place = path.toString();
      String magic = new String(block(channel, 0, MAGIC.length(), place), ISO_8859_1);
      ContainerException.require(magic.equals(MAGIC), place, "not a Debian package");
      long at = MAGIC.length();
      while (at < channel.size()) {
        byte[] raw = block(channel, at, HEADER, place);
        String digits = new String(raw, SIZE, SIZE_DIGITS, ISO_8859_1).strip();
        boolean isHeader = raw[58] == '`' && raw[59] == '\n' && digits.matches("[0-9]{1,10}");
        ContainerException.require(
            isHeader, place, "the header of a member at offset %d is damaged".formatted(at));
        long size = Long.parseLong(digits);
        String name = new String(raw, 0, NAME, ISO_8859_1).strip();
        name = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
        ContainerException.require(
            size <= channel.size() - at - HEADER, place, name + ": ends early");
        members.add(new Member(name, new String(raw, ISO_8859_1), at + HEADER, size));
        ContainerException.require(members.size() <= MOST_MEMBERS, place, "more than 100 members");
        at += HEADER + size + size % 2;
      }
      check(channel, members, place);
    }
    return new ArArchive(path, members);
  }

  /** Checks what dpkg requires: the order, and that nothing else is there. */
  private static void check(FileChannel channel, List<Member> members, String place)
      throws IOException {
    ContainerException.require(
        members.size() >= 3
            && members.get(0).name().equals("debian-binary")
            && members.get(0).size() <= 100,
        place,
        "not a Debian package");
    Member version = members.get(0);
    String text =
        new String(block(channel, version.offset(), (int) version.size(), place), ISO_8859_1);
    ContainerException.require(
        text.startsWith("2."), place, "Debian packages of format 2 only are supported");
    List<String> names =
        members.stream().map(Member::name).filter(name -> !name.startsWith("_")).toList();
    ContainerException.require(
        names.size() == 3
            && names.get(1).startsWith("control.tar")
            && names.get(2).startsWith("data.tar"),
        place,
        "a Debian package has debian-binary, control.tar and data.tar; this one has "
            + String.join(", ", names));
  }

  private static byte[] block(FileChannel channel, long at, int length, String place)
      throws IOException {
    ByteBuffer block = ByteBuffer.allocate(length);
    while (block.hasRemaining() && channel.read(block, at + block.position()) >= 0) {
      // until it is full
    }
    ContainerException.require(!block.hasRemaining(), place, "ends early");
    return block.array();
  }

  /** The content of a member. */
  public InputStream open(Member member) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    return new FilterInputStream(new FileRange(channel, member.offset(), member.size())) {
      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }
}
