package dev.hardwire.live.why;

import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The program {@code denied.c}, compiled in several ways. */
final class DeniedProgram {
  private DeniedProgram() {}

  /** The ways: their names are those of the results. */
  static List<String> kinds() {
    return List.of("pie", "static", "static-pie", "i386", "i386-static");
  }

  /** Compiles it into a folder, unless it is there. */
  static Path build(Path folder, String kind) throws IOException {
    Path program = folder.resolve(kind);
    if (Files.exists(program)) {
      return program;
    }
    Path source = folder.resolve("denied.c");
    try (InputStream in = DeniedProgram.class.getResourceAsStream("denied.c")) {
      Files.write(source, in.readAllBytes());
    }
    List<String> flags =
        switch (kind) {
          case "static" -> List.of("-static", "-no-pie");
          case "static-pie" -> List.of("-static-pie");
          case "i386-static" -> List.of("-static", "-no-pie");
          default -> List.of("-fPIE", "-pie");
        };
    String compiler = kind.startsWith("i386") ? "i686-linux-gnu-gcc" : "gcc";
    Programs.output(compiler, "-O1", "-pthread", flags, "-o", program, source);
    return program;
  }
}
