package dev.hardwire.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.cli.generate.Generator;
import dev.hardwire.cli.generate.ResourceTable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are the same as constants of the generated class. */
class ResourcesTest {
  @TempDir private Path folder;

  @Test
  void constantsAreTheFiles() throws Exception {
    Path classes = Files.createDirectory(folder.resolve("classes"));
    Generator.compile(
        Map.of(ResourceTable.NAME, ResourceTable.of(Path.of("target/classes"))),
        folder.resolve("sources"),
        classes);
    String file = ResourceTable.NAME.replace('.', '/') + ".class";
    byte[] made = Files.readAllBytes(classes.resolve(file));
    try (InputStream built = Resources.class.getResourceAsStream("/" + file)) {
      if (built == null) {
        MethodHandles.privateLookupIn(Resources.class, MethodHandles.lookup()).defineClass(made);
      } else {
        assertThat(built.readAllBytes()).as("built from other files").isEqualTo(made);
      }
    }
    Class.forName(Resources.TABLE);
    assertThat(ResourceTable.NAME).isEqualTo(Resources.TABLE);
    for (String path : ResourceTable.paths()) {
      String content = new String(read(path), StandardCharsets.ISO_8859_1);
      assertThat(Resources.kept(path)).as(path).isEqualTo(content).isNotEmpty();
    }
    assertThat(Resources.kept("dev.hardwire.policy/other")).isNull();
  }

  private static byte[] read(String path) throws IOException {
    int slash = path.indexOf('/');
    String file = "/" + path.substring(0, slash).replace('.', '/') + path.substring(slash);
    try (InputStream in = Resources.class.getResourceAsStream(file)) {
      return in.readAllBytes();
    }
  }

  @Test
  void missingFilesAreErrors() {
    assertThatThrownBy(() -> Resources.bytes(Resources.class, "nothing.txt"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("nothing.txt is missing from this build");
  }
}
