package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.generate.Generator;
import dev.hardwire.cli.generate.QuickReaders;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The generated readers: those of the build, or where it has made none, the same ones made here.
 */
final class GeneratedReaders {
  private GeneratedReaders() {}

  /**
   * Makes sure that {@link QuickStart} has its table, and that it is what the annotations say now.
   *
   * @param folder an empty directory
   */
  static void require(Path folder) throws Exception {
    Map<String, String> sources = QuickReaders.of(HardwireCommand.commandLine(), QuickStart.TABLE);
    Path classes = Files.createDirectory(folder.resolve("classes"));
    Generator.compile(sources, folder.resolve("sources"), classes);
    boolean built = resource(QuickStart.TABLE) != null;
    for (String name : sources.keySet()) {
      byte[] made = Files.readAllBytes(classes.resolve(name.replace('.', '/') + ".class"));
      if (built) {
        assertThat(resource(name)).as("%s: built from other annotations", name).isEqualTo(made);
      } else {
        define(name, made);
      }
    }
    Class.forName(QuickStart.TABLE);
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in =
        QuickStart.class.getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
      return in == null ? null : in.readAllBytes();
    }
  }

  /** Defines a class beside the one that it is generated for. */
  private static void define(String name, byte[] made) throws Exception {
    Class<?> neighbour =
        name.equals(QuickStart.TABLE)
            ? QuickStart.class
            : Class.forName(name.replaceFirst("(Reader|Setter)$", ""));
    MethodHandles.privateLookupIn(neighbour, MethodHandles.lookup()).defineClass(made);
  }
}
