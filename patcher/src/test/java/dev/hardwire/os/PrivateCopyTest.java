package dev.hardwire.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From which places the native library is loaded, and from which it is not. */
class PrivateCopyTest {
  private static final Path CLASSES = Path.of("dev/hardwire/os");

  /** Prints whether there are system calls, or why not. */
  public static final class Probe {
    private Probe() {}

    public static void main(String... args) {
      try {
        Kernel.require("probe");
        System.out.println("available");
      } catch (IOException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @TempDir private Path folder;
  private Path jar;
  private Path temporary;

  @BeforeEach
  void makeJar() throws IOException {
    temporary = Files.createDirectory(folder.resolve("temporary"));
    jar = folder.resolve("probe.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      for (String place : Cli.classPath().split(":", -1)) {
        Path classes = Path.of(place).resolve(CLASSES);
        if (Files.isDirectory(classes)) {
          try (Stream<Path> files = Files.list(classes)) {
            for (Path file : files.toList()) {
              out.putNextEntry(new JarEntry(CLASSES.resolve(file.getFileName()).toString()));
              Files.copy(file, out);
            }
          }
        }
      }
    }
  }

  private Outcome probe(String... options) {
    List<Object> command =
        Stream.of(
                Stream.of(Cli.javaOf(Cli.home()), "-Djava.io.tmpdir=" + temporary),
                Stream.of(options),
                Stream.of("-cp", jar, Probe.class.getName()))
            .flatMap(words -> words)
            .map(word -> (Object) word)
            .toList();
    return Programs.run(command.toArray());
  }

  private void isAvailable(String... options) {
    Outcome outcome = probe(options);
    assertThat(outcome.out()).as(outcome.toString()).isEqualTo("available\n");
    assertThat(temporary).isEmptyDirectory();
  }

  private Path installed() throws IOException {
    Path library = Files.createDirectories(folder.resolve("native")).resolve("x86_64.so");
    Path wrong = Files.writeString(library, "no library");
    return wrong;
  }

  @Test
  void aJarAloneIsEnough() {
    isAvailable();
  }

  /** The one here cannot be loaded, which shows that it is tried. */
  @Tag("system")
  @Test
  void theFolderBesideTheJarIsTriedFirst() throws IOException {
    installed();
    assertThat(probe().out()).startsWith("probe: the native library cannot be loaded: ");
  }

  @Tag("system")
  @Test
  void aLibraryThatOthersCanChangeIsNotLoaded() throws IOException {
    Path library = installed();
    Programs.output("chmod", "666", library);
    isAvailable();
    Programs.output("chmod", "644", library);
    Programs.output("chown", "1234", library);
    isAvailable();
    Programs.output("chown", "0", library);
    Programs.output("chmod", "777", library.getParent());
    isAvailable();
  }

  @Test
  void aFolderThatOthersCanChangeTakesNoCopy() throws IOException {
    Programs.output("chmod", "777", temporary);
    isAvailable(); // from another folder
    Programs.output("chmod", "1777", temporary);
    isAvailable();
  }

  @Test
  void anotherSystemIsAClearError() {
    assertThat(probe("-Dos.arch=sparc").out())
        .isEqualTo("probe: there is no native library for Linux on sparc\n");
  }
}
