package dev.hardwire.cli.options;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The words of a command line whose meaning is beyond doubt. Whatever is not, such as a value that
 * looks like an option, makes them unclear; then somebody else has to read them.
 */
public final class QuickWords {
  private final String[] words;
  private final List<String> seen = new ArrayList<>();
  private int next;
  private String option;
  private String attached;
  private boolean unclear;

  /**
   * Makes a reader.
   *
   * @param first the index of the first word to read
   */
  public QuickWords(String[] words, int first) {
    this.words = words;
    this.next = first;
  }

  public boolean isUnclear() {
    return unclear;
  }

  public boolean hasNext() {
    return next < words.length && !unclear;
  }

  /** The next word if it is no option; else null, and it is the current option. */
  public Path nextFile() {
    String word = words[next++];
    if (!word.startsWith("-")) {
      return path(word);
    }
    int equals = word.indexOf('=');
    boolean isLong = word.startsWith("--") && equals > 0;
    option = isLong ? word.substring(0, equals) : word;
    attached = isLong ? word.substring(equals + 1) : null;
    String longest = longest(option);
    unclear |= seen.contains(longest);
    seen.add(longest);
    return null;
  }

  /** One name for the same option. */
  private static String longest(String name) {
    return switch (name) {
      case "-o" -> "--output";
      case "-r" -> "--recursive";
      case "-j" -> "--jobs";
      case "--policy" -> "--require-policy";
      case "--key" -> "--sign-key";
      case "--cert" -> "--sign-cert";
      default -> name;
    };
  }

  /** The current option. */
  public String option() {
    return option;
  }

  private Path path(String word) {
    try {
      unclear |= word.isEmpty();
      return Path.of(word);
    } catch (InvalidPathException e) {
      unclear = true;
      return Path.of("");
    }
  }

  /** The option has no value. */
  public boolean flag() {
    unclear |= attached != null;
    return true;
  }

  /** The option's value. */
  public String text() {
    if (attached != null) {
      return attached;
    }
    if (next == words.length || words[next].startsWith("-")) {
      unclear = true;
      return "";
    }
    return words[next++];
  }

  public Path path() {
    return path(text());
  }

  /** A number of one to nine digits. */
  public int number() {
    String text = text();
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char digit = text.charAt(i);
      unclear |= digit < '0' || digit > '9';
      value = 10 * value + (digit - '0');
    }
    unclear |= text.isEmpty() || text.length() > 9 || text.charAt(0) == '0';
    return value;
  }

  /** One of the constants of an enumeration, written as it prints. */
  public <E extends Enum<E>> E constant(Class<E> type) {
    String text = text();
    for (E constant : type.getEnumConstants()) {
      if (constant.toString().equals(text)) {
        return constant;
      }
    }
    unclear = true;
    return null;
  }

  /** Somebody else has to read the words. */
  public void giveUp() {
    unclear = true;
  }
}
