package dev.hardwire.trees;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of several parts into which files are divided, so that several machines can do the work. The
 * SHA-256 of a file's path in its tree decides, and nothing else: every machine divides alike.
 *
 * @param number of the part, from 1 on
 * @param count of parts
 */
public record Shard(int number, int count) {
  /** All files. */
  public static final Shard ALL = new Shard(1, 1);

  /**
   * Reads a part such as {@code 1/4}.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Shard parse(String text) {
    // Not a constant: every command has a part, and few are given one.
    Matcher matcher = Pattern.compile("([1-9][0-9]{0,8})/([1-9][0-9]{0,8})").matcher(text);
    if (matcher.matches()) {
      Shard shard =
          new Shard(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
      if (shard.number <= shard.count) {
        return shard;
      }
    }
    throw new IllegalArgumentException(
        "\"" + text + "\" is not a part such as 1/4, the first of four");
  }

  /** Whether a file is in this part. Of a file that was named, its path as it was given counts. */
  public boolean has(TreeEntry entry) {
    if (count == 1) {
      return true;
    }
    String path = (entry.named() ? entry.file() : entry.relative()).toString();
    byte[] digest = sha256().digest(path.getBytes(StandardCharsets.UTF_8));
    int part = new BigInteger(1, digest).mod(BigInteger.valueOf(count)).intValue();
    return part == number - 1;
  }

  /** The files of this part. */
  public FileTree.Listing of(FileTree.Listing all) {
    return count == 1
        ? all
        : new FileTree.Listing(
            all.entries().stream().filter(this::has).toList(), all.links(), all.special());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JVM has it
    }
  }
}
