package dev.hardwire.resource;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the files that come with the classes. Those that most patches need are also constants of a
 * class, which the build generates: the JVM has this class in its archive of classes, so it does
 * not open the jar, whose list of entries takes several milliseconds to read.
 */
public final class Resources {
  /** The name of the generated class. */
  static final String TABLE = "dev.hardwire.resource.ResourceTable";

  /** What the generated class implements. */
  interface Table {
    /**
     * The content of a file, each character a byte; null if the file is not in the table.
     *
     * @param path package and name, such as {@code dev.hardwire.policy/errno.txt}
     */
    String content(String path);
  }

  private static Table table;

  static {
    try {
      Class.forName(TABLE); // it registers itself: reflection would cost more
    } catch (ClassNotFoundException e) {
      table = null; // not generated
    }
  }

  private Resources() {}

  static void register(Table generated) {
    table = generated;
  }

  /** The text of a file of ASCII characters in the package of a class. */
  public static String text(Class<?> owner, String name) {
    String content = kept(owner, name);
    return content == null ? new String(read(owner, name), StandardCharsets.US_ASCII) : content;
  }

  /** The bytes of a file in the package of a class. */
  public static byte[] bytes(Class<?> owner, String name) {
    String content = kept(owner, name);
    return content == null ? read(owner, name) : content.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String kept(Class<?> owner, String name) {
    return kept(owner.getPackageName() + "/" + name);
  }

  /** What the table has; null if there is no table, or it does not have the file. */
  static String kept(String path) {
    return table == null ? null : table.content(path);
  }

  private static byte[] read(Class<?> owner, String name) {
    try (InputStream in = owner.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }
}
