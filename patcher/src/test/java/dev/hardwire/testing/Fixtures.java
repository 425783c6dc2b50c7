package dev.hardwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The test programs and tools that {@code fixtures/build.sh fixtures/target} makes; the system
 * property {@code hardwire.fixtures} names another directory. Missing ones are a failure.
 */
public final class Fixtures {
  private static final Set<String> NATIVE = Set.of("x86_64", "i386");

  private Fixtures() {}

  /** Where they are. */
  public static Path directory() {
    Path directory = Path.of(System.getProperty("hardwire.fixtures", "../fixtures/target"));
    assertThat(directory.resolve("manifest.tsv"))
        .as("run fixtures/build.sh fixtures/target first")
        .exists();
    return directory.toAbsolutePath().normalize();
  }

  /** A tool, such as {@code deny-call}. */
  public static Path tool(String name) {
    Path tool = directory().resolve("tools").resolve(name);
    assertThat(tool).isExecutable();
    return tool;
  }

  /** What is made for this kernel, of 64 and 32 bits, files to refuse included. */
  public static List<Fixture> all() {
    return everything().stream().filter(f -> NATIVE.contains(f.machine())).toList();
  }

  private static List<Fixture> everything() {
    Path directory = directory();
    try {
      return Files.readAllLines(directory.resolve("manifest.tsv")).stream()
          .skip(1)
          .map(line -> line.split("\t", -1))
          .map(
              f ->
                  new Fixture(
                      f[0], directory.resolve(f[1]), f[2], f[3], Set.of(f[4].split(",", -1))))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The programs that run here. */
  public static List<Fixture> programs() {
    return all().stream().filter(Fixture::isProgram).toList();
  }

  /** Those of 64 bits. */
  public static List<Fixture> programs64() {
    return programs().stream().filter(f -> f.machine().equals("x86_64")).toList();
  }

  /** The programs for other architectures, which do not run here. */
  public static List<Fixture> foreign() {
    return everything().stream().filter(f -> !NATIVE.contains(f.machine())).toList();
  }

  /** The fixture of a name. */
  public static Fixture named(String name) {
    return everything().stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
  }

  /** Gives copies of a fixture in {@code folder} the libraries that stand beside the original. */
  public static void copyLibraries(Fixture fixture, Path folder) {
    try {
      for (Fixture library : fixture.has("lib") ? all() : List.<Fixture>of()) {
        if (library.kind().equals("refuse-so")) {
          Files.copy(library.path(), folder.resolve(library.name()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
