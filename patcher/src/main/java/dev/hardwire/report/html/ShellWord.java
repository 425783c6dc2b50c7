package dev.hardwire.report.html;

import java.nio.charset.StandardCharsets;

/** Names of files as words for a shell, which can be copied from a page. */
final class ShellWord {
  private ShellWord() {}

  /** The word: as it is, in quotes, or with its bytes escaped as bash reads them. */
  static String of(String name) {
    String path = name.startsWith("-") ? "./" + name : name;
    if (path.matches("[A-Za-z0-9_./+=:@%,-]+")) {
      return path;
    }
    if (path.matches("[ -~]+")) {
      return "'" + path.replace("'", "'\\''") + "'";
    }
    StringBuilder word = new StringBuilder("$'");
    for (byte one : path.getBytes(StandardCharsets.UTF_8)) {
      int c = one & 0xff;
      if (c >= ' ' && c < 0x7f && c != '\'' && c != '\\') {
        word.append((char) c);
      } else {
        word.append(String.format("\\x%02x", c));
      }
    }
    return word.append('\'').toString();
  }
}
