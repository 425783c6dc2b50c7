package dev.hardwire.learn;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One JSON object (RFC 8259) on a line, as far as journalctl makes use of JSON.
 *
 * <p>Texts, and bytes as lists of numbers, are kept of the wanted fields; everything else is only
 * stepped over, however deep it is.
 */
final class JsonLine {
  /** The text is not JSON. */
  private static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private final String text;
  private int at;

  private JsonLine(String text) {
    this.text = text;
  }

  /** The wanted fields of an object that have a text; empty if the line is not one object. */
  static Optional<Map<String, String>> fields(String text, Set<String> wanted) {
    try {
      return Optional.of(new JsonLine(text).object(wanted));
    } catch (Malformed e) {
      return Optional.empty();
    }
  }

  private Map<String, String> object(Set<String> wanted) throws Malformed {
    Map<String, String> fields = new HashMap<>();
    expect('{');
    if (peek() == '}') {
      at++;
    } else {
      do {
        String name = string();
        expect(':');
        Optional<String> value = value();
        if (wanted.contains(name)) {
          value.ifPresent(v -> fields.put(name, v));
        }
      } while (more('}'));
    }
    if (peek() != 0) {
      throw new Malformed();
    }
    return fields;
  }

  /** The next character that is not white space, which stays; 0 at the end. */
  private char peek() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at < text.length() ? text.charAt(at) : 0;
  }

  private void expect(char wanted) throws Malformed {
    if (peek() != wanted) {
      throw new Malformed();
    }
    at++;
  }

  /** Whether a comma follows, and not the end. */
  private boolean more(char end) throws Malformed {
    if (peek() == end) {
      at++;
      return false;
    }
    expect(',');
    return true;
  }

  private Optional<String> value() throws Malformed {
    switch (peek()) {
      case '"' -> {
        return Optional.of(string());
      }
      case '[' -> {
        int start = at;
        Optional<String> bytes = bytes();
        if (bytes.isEmpty()) {
          at = start;
          skipNested();
        }
        return bytes;
      }
      case '{' -> skipNested();
      default -> word();
    }
    return Optional.empty();
  }

  private String word() throws Malformed {
    int start = at;
    while (at < text.length() && ",]} \t".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String word = text.substring(start, at);
    if (!word.matches("true|false|null|-?[0-9][-+.0-9eE]*")) {
      throw new Malformed();
    }
    return word;
  }

  /** A list of octets; empty if it is another list. */
  private Optional<String> bytes() throws Malformed {
    StringBuilder bytes = new StringBuilder();
    expect('[');
    do {
      if (!Character.isDigit(peek())) {
        return Optional.empty();
      }
      String word = word();
      if (!word.matches("[0-9]{1,3}")) {
        return Optional.empty();
      }
      bytes.append((char) (Integer.parseInt(word) & 0xff));
    } while (more(']'));
    return Optional.of(bytes.toString());
  }

  private void skipNested() throws Malformed {
    int depth = 0;
    do {
      switch (peek()) {
        case '[', '{' -> depth++;
        case ']', '}' -> depth--;
        case '"' -> {
          string();
          at--; // stays on the closing quote, which the step below passes
        }
        case 0 -> throw new Malformed();
        default -> {}
      }
      at++;
    } while (depth > 0);
  }

  private String string() throws Malformed {
    expect('"');
    StringBuilder out = new StringBuilder();
    while (at < text.length() && text.charAt(at) != '"') {
      char c = text.charAt(at++);
      if (c < ' ') {
        throw new Malformed();
      }
      out.append(c == '\\' ? escape() : c);
    }
    expect('"');
    return out.toString();
  }

  private char escape() throws Malformed {
    if (at == text.length()) {
      throw new Malformed();
    }
    char c = text.charAt(at++);
    return switch (c) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'b' -> '\b';
      case 'f' -> '\f';
      case '"', '\\', '/' -> c;
      case 'u' -> {
        String digits = text.substring(at, Math.min(text.length(), at + 4));
        if (!digits.matches("[0-9a-fA-F]{4}")) {
          throw new Malformed();
        }
        at += 4;
        yield (char) Integer.parseInt(digits, 16);
      }
      default -> throw new Malformed();
    };
  }
}
