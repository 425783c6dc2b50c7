package dev.hardwire.policy;

import dev.hardwire.text.PrintableText;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A file, or a directory and everything below it, in a list of {@code landlock:}.
 *
 * <p>Equality ignores the position.
 *
 * @param path absolute, or "." for the working directory at the start of the program
 * @param optional whether it may be missing
 * @param position of the item in the file
 */
public record PathRule(String path, boolean optional, Position position) {
  /** PATH_MAX of the kernel, which counts the final zero. */
  private static final int LONGEST = 4095;

  /**
   * Checks the components.
   *
   * @param path absolute, or "." for the working directory
   * @param optional whether it may be missing
   * @param position of the item in the file
   * @throws IllegalArgumentException if {@code path} is not such a path; the message says why
   */
  public PathRule {
    Objects.requireNonNull(position);
    String problem = problem(path);
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
  }

  private static String problem(String path) {
    if (path.equals(".") || path.equals("/")) {
      return null;
    }
    if (!path.startsWith("/")) {
      return "a path must be absolute, or \".\" for the working directory at the start";
    }
    if (path.endsWith("/")) {
      return "a path must not end with \"/\"";
    }
    if (path.contains("//") || (path + "/").contains("/./") || (path + "/").contains("/../")) {
      return "a path must not contain \"//\", \"/.\" or \"/..\"";
    }
    if (!PrintableText.is(path)) {
      return "a path must consist of printable characters";
    }
    if (path.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
      return "a path must not be longer than " + LONGEST + " bytes";
    }
    return null;
  }

  /**
   * Whether a path is the path of this rule or below it. Paths are compared as text: links are not
   * followed.
   *
   * @param other a path as in a rule
   * @return whether the rule applies to it
   */
  public boolean covers(String other) {
    return other.equals(path)
        || (path.equals("/") && other.startsWith("/"))
        || (!path.equals(".") && other.startsWith(path + "/"));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PathRule that && path.equals(that.path) && optional == that.optional;
  }

  @Override
  public int hashCode() {
    return Objects.hash(path, optional);
  }

  /**
   * The item of the list.
   *
   * @return the path, after {@code ?} if it may be missing
   */
  @Override
  public String toString() {
    return (optional ? "?" : "") + path;
  }
}
