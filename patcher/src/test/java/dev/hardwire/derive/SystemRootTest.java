package dev.hardwire.derive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No link of another system's files leads out of it. */
class SystemRootTest {
  @TempDir private Path folder;
  private Path directory;
  private SystemRoot root;

  @BeforeEach
  void make() throws IOException {
    directory =
        Files.createDirectories(folder.toRealPath().resolve("root/usr/lib")).resolve("../..");
    directory = directory.normalize();
    Files.writeString(directory.resolve("usr/lib/libc.so.6"), "inside");
    Files.writeString(folder.resolve("outside"), "outside");
    root = SystemRoot.of(directory);
  }

  private void link(String name, String target) throws IOException {
    Files.createSymbolicLink(directory.resolve(name), Path.of(target));
  }

  @Test
  void linksAreFollowedInside() throws IOException {
    link("lib", "usr/lib");
    link("lib64", "/usr/lib");
    link("up", "../../../../../usr/lib");
    link("usr/lib/self", "/proc/self/root/usr/lib");
    Path library = directory.resolve("usr/lib/libc.so.6");
    for (String name : new String[] {"/lib", "/lib64", "/up", "/usr/./lib", "/../usr/lib"}) {
      assertThat(root.file(Path.of(name, "libc.so.6"))).as(name).contains(library);
    }
    assertThat(root.file(Path.of("/usr/lib/self/libc.so.6"))).isEmpty();
    assertThat(root.shown(library)).isEqualTo(Path.of("/usr/lib/libc.so.6"));
  }

  @Test
  void nothingOutsideIsFound() throws IOException {
    link("usr/lib/a", "../../../outside");
    link("usr/lib/b", folder.resolve("outside").toString());
    link("etc", "/etc");
    for (String name : new String[] {"/usr/lib/a", "/usr/lib/b", "/../outside", "/usr/bin/env"}) {
      assertThat(root.file(Path.of(name))).as(name).isEmpty();
    }
    assertThatIOException()
        .isThrownBy(() -> root.real(Path.of("/etc/passwd")))
        .isInstanceOf(FileSystemLoopException.class);
  }

  @Test
  void pathsMayNameTheRootOrNot() {
    assertThat(root.inside(directory.resolve("usr/lib"))).isEqualTo(Path.of("/usr/lib"));
    assertThat(root.inside(Path.of("/usr/lib"))).isEqualTo(Path.of("/usr/lib"));
    assertThat(SystemRoot.HOST.inside(Path.of("lib"))).isEqualTo(Path.of("lib"));
  }

  @Test
  void anotherSystemIsRecognised() throws IOException {
    Path program = Files.writeString(directory.resolve("usr/lib/program"), "");
    assertThat(SystemRoot.above(program)).isEmpty();
    Files.createDirectory(directory.resolve("etc"));
    link("etc/os-release", "../usr/lib/os-release");
    assertThat(SystemRoot.above(program)).contains(directory);
    assertThat(SystemRoot.above(Path.of("/usr"))).isEmpty();
  }

  @Test
  void aFileIsNoRoot() {
    assertThatIOException()
        .isThrownBy(() -> SystemRoot.of(folder.resolve("outside")))
        .withMessageContaining("is no directory");
  }
}
