package dev.hardwire.trees;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern for files in a tree, in the syntax of {@link java.nio.file.FileSystem#getPathMatcher}:
 * a pattern without a slash matches the last part of a path, one with a slash matches the whole
 * path from the root of the tree. {@code **} matches any number of directories, including none.
 */
public final class Glob {
  private static final String ANYWHERE = "**/";

  /** The characters that make a pattern match more than one path. */
  private static final String SPECIAL = "*?[]{}\\";

  private final String text;
  private final PathMatcher matcher;
  private final PathMatcher atRoot;
  private final boolean wholePath;

  private Glob(String text) {
    this.text = text;
    this.wholePath = text.indexOf('/') >= 0;
    this.matcher = matcher(text);
    this.atRoot = text.startsWith(ANYWHERE) ? matcher(text.substring(ANYWHERE.length())) : matcher;
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException if it is invalid
   */
  public static Glob of(String text) {
    if (text.isEmpty() || text.startsWith("/")) {
      throw new IllegalArgumentException(
          "\"%s\" is not a valid pattern: patterns are relative to the directory".formatted(text));
    }
    try {
      return new Glob(text);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "\"%s\" is not a valid pattern: %s".formatted(text, e.getDescription()), e);
    }
  }

  private static PathMatcher matcher(String text) {
    return FileSystems.getDefault().getPathMatcher("glob:" + text);
  }

  /** A pattern that matches a relative path, whatever its characters. */
  public static String literal(Path path) {
    StringBuilder pattern = new StringBuilder();
    for (char c : path.toString().toCharArray()) {
      boolean isOption = c == '-' && pattern.isEmpty();
      pattern.append(isOption || SPECIAL.indexOf(c) >= 0 ? "\\" : "").append(c);
    }
    return pattern.toString();
  }

  /** Whether the pattern matches one path only. */
  public boolean isPath() {
    return wholePath && isLiteral(text);
  }

  /** The path that all files which match begin with; empty if they may be anywhere. */
  public Path start() {
    if (!wholePath) {
      return Path.of("");
    }
    Path start = Path.of("");
    for (String name : text.split("/", -1)) {
      if (!isLiteral(name)) {
        return start;
      }
      start = start.resolve(name);
    }
    return start;
  }

  private static boolean isLiteral(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (SPECIAL.indexOf(text.charAt(i)) >= 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether a path, relative to the root of its tree, matches. */
  public boolean matches(Path relative) {
    return wholePath
        ? matcher.matches(relative) || atRoot.matches(relative)
        : matcher.matches(relative.getFileName());
  }

  @Override
  public String toString() {
    return text;
  }
}
