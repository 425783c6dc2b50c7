package dev.hardwire.live.truth;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** One of the programs of {@code truth.c}, as it is built and hard-wired in each way. */
final class Subject {
  /** Of a static program with glibc, which takes longer, there are fewer mutants. */
  private static final long LARGE = 200_000;

  private static final int OFTEN = 8;

  private final String name;
  private final Anatomy original;
  private final Map<Treatment, Optional<Anatomy>> patched = new ConcurrentHashMap<>();

  private Subject(Path file) throws IOException {
    this.name = file.getFileName().toString();
    this.original = new Anatomy(Bytes.wrap(Files.readAllBytes(file)));
  }

  /** All programs for this machine, small ones several times. */
  static List<Subject> all() throws IOException {
    return in(Fixtures.directory().resolve("truth"));
  }

  /** The programs in a directory, small ones several times. */
  static List<Subject> in(Path directory) throws IOException {
    List<Subject> all = new ArrayList<>();
    List<Path> files;
    try (Stream<Path> found = Files.list(directory)) {
      files =
          found
              .filter(file -> file.getFileName().toString().startsWith("truth-"))
              .filter(file -> !file.endsWith("truth-run"))
              .sorted(Comparator.comparing(Path::toString))
              .toList();
    }
    for (Path file : files) {
      Subject subject = new Subject(file);
      for (int i = 0; i < (Files.size(file) > LARGE ? 1 : OFTEN); i++) {
        all.add(subject);
      }
    }
    return all;
  }

  Anatomy original() {
    return original;
  }

  /** The file hard-wired; empty if it is refused. */
  Optional<Anatomy> patched(Treatment way) {
    return patched.computeIfAbsent(way, this::patch);
  }

  private Optional<Anatomy> patch(Treatment way) {
    try {
      return Optional.of(new Anatomy(way.patch(original.elf)));
    } catch (ElfFormatException refused) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
