package dev.hardwire.learn.record;

import dev.hardwire.learn.log.StraceText;
import dev.hardwire.learn.paths.PathText;
import java.util.Optional;
import java.util.regex.Pattern;

/** File descriptors and paths in strace's output. */
final class TracedFile {
  private static final Pattern DEVICE = Pattern.compile("<(?:char|block) \\d+:\\d+>$");
  private static final String DELETED = "(deleted)";

  private TracedFile() {}

  /** What {@code -y} says about a descriptor, such as a path; empty if it says nothing. */
  static String decoration(String descriptor) {
    int open = descriptor.indexOf('<');
    int close = descriptor.lastIndexOf('>');
    return open < 0 || close < open
        ? ""
        : DEVICE.matcher(descriptor.substring(open + 1, close)).replaceFirst("");
  }

  /** Whether {@code -yy} says that a descriptor is a device. */
  static boolean isDevice(String descriptor) {
    int close = descriptor.lastIndexOf('>');
    return close > 0 && DEVICE.matcher(descriptor.substring(0, close)).find();
  }

  /** Whether the file of a descriptor has no name any more. */
  static boolean isDeleted(String descriptor) {
    return descriptor.endsWith(DELETED) || decoration(descriptor).endsWith(" " + DELETED);
  }

  /** The path of a descriptor; empty if it has none, or if it is not known. */
  static Optional<String> path(String descriptor) {
    String text = decoration(descriptor);
    if (text.endsWith(" " + DELETED)) {
      text = text.substring(0, text.length() - DELETED.length() - 1);
    }
    if (!text.startsWith("/") || text.startsWith("/memfd:") || text.startsWith("/[")) {
      return Optional.empty();
    }
    return Optional.ofNullable(StraceText.unquoted('"' + text.replace("\"", "\\042") + '"'))
        .map(PathText::decoded)
        .map(PathText::normal);
  }

  /**
   * The path of an argument; empty if it is not known.
   *
   * @param base what a relative path starts from: a path, or nothing
   */
  static Optional<String> path(String argument, Optional<String> base) {
    String text = StraceText.unquoted(argument);
    if (text == null) {
      return Optional.empty();
    }
    String path = PathText.decoded(text);
    if (path.startsWith("/")) {
      return Optional.of(PathText.normal(path));
    }
    return base.map(directory -> PathText.normal(directory + "/" + path));
  }
}
