package dev.hardwire.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The compiler, for test programs. */
public final class Gcc {
  private Gcc() {}

  /**
   * Compiles or links. Unless {@code -flto} needs it, the linker does not load its plugin, which
   * takes a fifth of its time.
   *
   * @param options and files; lists are taken apart
   */
  public static void run(Object... options) {
    List<String> words = new ArrayList<>(Programs.strings(options));
    if (!words.contains("-flto")) {
      words.add(0, "-fno-use-linker-plugin");
    }
    Programs.output("gcc", words);
  }

  /**
   * Compiles what many programs begin with.
   *
   * @param text lines that include headers
   * @param options those with which the programs are compiled
   * @return the options that put it before a program
   */
  public static List<String> header(Path folder, String text, Object... options)
      throws IOException {
    Path header = Files.writeString(folder.resolve("all.h"), text);
    run(List.of(options), "-x", "c-header", "-o", folder.resolve("all.h.gch"), header);
    return List.of("-include", header.toString());
  }
}
