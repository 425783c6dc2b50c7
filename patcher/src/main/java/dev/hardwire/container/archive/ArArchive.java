package dev.hardwire.container.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The archive that a Debian package is (deb(5), ar(5)): {@code debian-binary}, and members with
 * short names.
 *
 * @param bytes of the whole archive
 * @param members in their order
 */
public record ArArchive(Bytes bytes, List<Member> members) {
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

  /**
   * Reads the headers.
   *
   * @param place names the archive in messages
   */
  public static ArArchive read(Bytes bytes, String place) throws IOException {
    List<Member> members = new ArrayList<>();
    String magic = new String(block(bytes, 0, MAGIC.length(), place), ISO_8859_1);
    ContainerException.require(magic.equals(MAGIC), place, "not a Debian package");
    long at = MAGIC.length();
    while (at < bytes.size()) {
      byte[] raw = block(bytes, at, HEADER, place);
      String digits = new String(raw, SIZE, SIZE_DIGITS, ISO_8859_1).strip();
      boolean isHeader = raw[58] == '`' && raw[59] == '\n' && digits.matches("[0-9]{1,10}");
      ContainerException.require(
          isHeader, place, "the header of a member at offset %d is damaged".formatted(at));
      long size = Long.parseLong(digits);
      String name = new String(raw, 0, NAME, ISO_8859_1).strip();
      name = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
      ContainerException.require(size <= bytes.size() - at - HEADER, place, name + ": ends early");
      members.add(new Member(name, new String(raw, ISO_8859_1), at + HEADER, size));
      ContainerException.require(members.size() <= MOST_MEMBERS, place, "more than 100 members");
      at += HEADER + size + size % 2;
    }
    check(bytes, members, place);
    return new ArArchive(bytes, members);
  }

  /** Checks what dpkg requires: the order, and that nothing else is there. */
  private static void check(Bytes bytes, List<Member> members, String place) throws IOException {
    ContainerException.require(
        members.size() >= 3
            && members.get(0).name().equals("debian-binary")
            && members.get(0).size() <= 100,
        place,
        "not a Debian package");
    Member version = members.get(0);
    String text =
        new String(block(bytes, version.offset(), (int) version.size(), place), ISO_8859_1);
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

  private static byte[] block(Bytes bytes, long at, int length, String place) throws IOException {
    ContainerException.require(bytes.contains(at, length), place, "ends early");
    return bytes.slice(at, length).toArray();
  }

  public Bytes content(Member member) {
    return bytes.slice(member.offset(), member.size());
  }
}
