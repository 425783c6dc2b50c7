package dev.hardwire.container;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.Contents;
import dev.hardwire.container.archive.TarHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The lists in an image that say which Debian package a file belongs to: those of dpkg, and the
 * digests that images without dpkg have in {@code status.d}. Names are octets, held as ISO 8859-1
 * text.
 */
final class PackageLists {
  private static final Pattern NAME =
      Pattern.compile("var/lib/dpkg/(?:info/([^/]+)\\.list|(?:info|status\\.d)/([^/]+)\\.md5sums)");

  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{32} [ *](?:\\./)?(.+)");

  /** Bytes of all lists. */
  private static final long MOST = 64 << 20;

  private final Map<String, byte[]> contents = new TreeMap<>();
  private final Map<String, String> owners = new HashMap<>();
  private long total;

  /**
   * Takes a file if it is a list.
   *
   * @param start what was read of it
   */
  void add(TarHeader header, byte[] start, Contents reader, String place) throws IOException {
    if (!NAME.matcher(header.name()).matches()) {
      return;
    }
    total += header.size();
    ContainerException.require(total <= MOST, place, "more than 64 MiB of lists of packages");
    ByteArrayOutputStream content = new ByteArrayOutputStream((int) header.size());
    content.writeBytes(start);
    reader.transferTo(content, header.size());
    contents.put(header.name(), content.toByteArray());
  }

  /** Reads the lists that are still there once all layers have been read. */
  void finish(Map<String, ImageFiles.Node> nodes) {
    contents.forEach(
        (name, content) -> {
          ImageFiles.Node node = nodes.get(name);
          if (node != null && node.content().map(one -> one.entry().equals(name)).orElse(false)) {
            read(name, new String(content, ISO_8859_1), nodes);
          }
        });
    contents.clear();
  }

  /** Of several packages with a file, the first by name counts. */
  private void read(String name, String text, Map<String, ImageFiles.Node> nodes) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      throw new IllegalStateException(name);
    }
    boolean isList = matcher.group(1) != null;
    String owner = TarHeader.shown(isList ? matcher.group(1) : matcher.group(2));
    for (int at = 0, end = 0; at < text.length(); at = end + 1) {
      end = text.indexOf('\n', at);
      end = end < 0 ? text.length() : end;
      String line = text.substring(at, end);
      Matcher digest = DIGEST.matcher(line);
      String path = isList ? line : digest.matches() ? "/" + digest.group(1) : "";
      // A list may have millions of lines, but there are no more names than files.
      if (path.startsWith("/")
          && (nodes.containsKey(path.substring(1)) || nodes.containsKey("usr" + path))) {
        owners.merge(path, owner, (a, b) -> a.compareTo(b) <= 0 ? a : b);
      }
    }
  }

  /** The package of a file; its name may be that through the link from /bin to /usr/bin. */
  Optional<String> ownerOf(List<String> names) {
    for (String shown : names) {
      String name = new String(shown.getBytes(UTF_8), ISO_8859_1);
      String owner = owners.get("/" + name);
      if (owner == null && name.startsWith("usr/")) {
        owner = owners.get(name.substring("usr".length()));
      }
      if (owner != null) {
        return Optional.of(owner);
      }
    }
    return Optional.empty();
  }
}
