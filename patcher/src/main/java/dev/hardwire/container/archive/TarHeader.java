package dev.hardwire.container.archive;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An entry of a tar archive. Names are octets, held as ISO 8859-1 text, so that none is lost.
 *
 * @param name path, without a slash at the end
 * @param mode permissions with the bits for setuid, setgid and sticky
 * @param size bytes of content
 * @param modified seconds since 1970
 * @param link target, for links
 * @param user name of the owner, may be empty
 * @param group name of the group, may be empty
 * @param pax extended attributes and times as they were recorded, by keyword; without those that
 *     the other fields hold
 */
public record TarHeader(
    String name,
    EntryType type,
    int mode,
    long uid,
    long gid,
    long size,
    long modified,
    String link,
    String user,
    String group,
    Map<String, String> pax) {

  public TarHeader {
    pax = Map.copyOf(new LinkedHashMap<>(pax));
  }

  /** The same entry with content of another size. */
  public TarHeader withSize(long newSize) {
    return new TarHeader(name, type, mode, uid, gid, newSize, modified, link, user, group, pax);
  }

  /** A further name of {@code target}, which is in the same layer. */
  public TarHeader asLinkTo(String target) {
    return new TarHeader(
        name, EntryType.HARD_LINK, mode, uid, gid, 0, modified, target, user, group, pax);
  }

  /** The same entry under another name. */
  public TarHeader named(String newName) {
    return new TarHeader(newName, type, mode, uid, gid, size, modified, link, user, group, pax);
  }

  /** How many characters the name, the target and the attributes have. */
  public long textLength() {
    long attributes = pax.entrySet().stream().mapToLong(TarHeader::length).sum();
    return attributes + name.length() + link.length() + user.length() + group.length();
  }

  private static long length(Map.Entry<String, String> attribute) {
    return (long) attribute.getKey().length() + attribute.getValue().length();
  }

  /** A name for people. */
  public static String shown(String octets) {
    return new String(octets.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }
}
