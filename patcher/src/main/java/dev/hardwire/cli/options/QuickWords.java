package dev.hardwire.cli.options;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The words of a command line, as far as their meaning is certain. Anything else, such as a value
 * that looks like an option, makes them unclear; then picocli reads the command line.
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

  /** The next word if it is not an option; else null, and it is the current option. */
  public Path nextFile() {
    String word = words[next++];
    if (!word.startsWith("-")) {
      return path(word);
    }
    int equals = word.indexOf('=');
    boolean isLong = word.startsWith("--") && equals > 0;
    option = isLong ? word.substring(0, equals) : word;
    attached = isLong ? word.substring(equals + 1) : null;
    return null;
  }

  /**
   * The words of a program with its arguments: all from here on, without a {@code --} in front.
   *
   * @return empty if an option is next
   */
  public List<String> program() {
    if (words[next].equals("--")) {
      next++;
    } else if (words[next].startsWith("-")) {
      return List.of();
    }
    List<String> program = List.of(Arrays.copyOfRange(words, next, words.length));
    unclear |= program.isEmpty() || program.get(0).isEmpty();
    next = words.length;
    return program;
  }

  /** The options that were given, by their longest names. */
  public List<String> options() {
    return List.copyOf(seen);
  }

  /** The current option, by the name that the user gave. */
  public String option() {
    return option;
  }

  /**
   * Notes that the current option was given; a second time makes the words unclear.
   *
   * @param name the same for all aliases of the option
   */
  public void once(String name) {
    unclear |= seen.contains(name);
    seen.add(name);
  }

  private Path path(String word) {
    try {
      unclear |= word.isEmpty() || word.equals(TextOutput.STANDARD_NAME);
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

  /** A value that has been read from {@link #text}; words without one are unclear. */
  public <T> T valid(Optional<T> value) {
    unclear |= value.isEmpty();
    return value.orElse(null);
  }
}
