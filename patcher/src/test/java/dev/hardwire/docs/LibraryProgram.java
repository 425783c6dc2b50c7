package dev.hardwire.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The Java program of {@code docs/library.md}. */
public final class LibraryProgram {
  private static final Path PAGE = Path.of("../docs/library.md");
  private static final String START = "```java\n";

  private LibraryProgram() {}

  /** Its source, a class named {@code Confine}. */
  public static String read() throws IOException {
    String page = Files.readString(PAGE);
    int start = page.indexOf(START) + START.length();
    return page.substring(start, page.indexOf("```", start));
  }
}
