package dev.hardwire.container;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The list of digests in a Debian package, in the form of md5sum(1): a backslash before the digest
 * says that backslashes and line ends in the name are escaped. Names are octets, held as ISO 8859-1
 * text.
 */
final class Md5Sums {
  private static final Pattern LINE =
      Pattern.compile("(\\\\?)([0-9a-fA-F]{32})( [ *])(.*?)(\n?)", Pattern.DOTALL);

  private final Map<String, String> digests = new HashMap<>();

  /** Computes the digest of a new content. */
  void add(List<String> names, Path content) throws IOException {
    String digest = md5(content);
    names.forEach(name -> digests.put(name, digest));
  }

  private static String md5(Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The list with the digests of new contents; all else stays as it is. */
  String replaced(String old) {
    StringBuilder text = new StringBuilder();
    for (String line : old.split("(?<=\n)", -1)) {
      Matcher parts = LINE.matcher(line);
      String digest = parts.matches() ? digests.get(name(parts)) : null;
      text.append(digest == null ? line : parts.group(1) + digest + line.substring(parts.start(3)));
    }
    return text.toString();
  }

  private static String name(Matcher line) {
    String name = line.group(1).isEmpty() ? line.group(4) : unescaped(line.group(4));
    return name.startsWith("./") ? name.substring(2) : name;
  }

  private static String unescaped(String name) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '\\' && i + 1 < name.length()) {
        i++;
        char next = name.charAt(i);
        text.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next);
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }
}
