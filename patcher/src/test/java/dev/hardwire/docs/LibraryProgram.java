package dev.hardwire.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The Java programs of {@code docs/library.md}. */
public final class LibraryProgram {
  private static final Path PAGE = Path.of("../docs/library.md");
  private static final String START = "```java\n";

  private LibraryProgram() {}

  /** Its source, a class named {@code Confine}. */
  public static String read() throws IOException {
    return read("Confine");
  }

  /** The source of a class. */
  static String read(String name) throws IOException {
    String page = Files.readString(PAGE);
    int inside = page.indexOf("public class " + name + " ");
    int start = page.lastIndexOf(START, inside) + START.length();
    return page.substring(start, page.indexOf("```", start));
  }
}
