package dev.hardwire.derive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What earlier derivations found is used again, if it can be trusted. */
@Tag("system")
class FindingsCacheTest {
  private static final Path PROGRAM = Fixtures.named("musl-static").path();
  private static final Path OTHER = Fixtures.named("start-raw").path();

  @TempDir private Path folder;

  private Path cache() {
    return folder.resolve("cache");
  }

  private Derivation derive(Path program, int jobs) throws IOException {
    FindingsCache cache = new FindingsCache(cache(), "1");
    return new Deriver(jobs, Optional.of(cache)).derive(program, DeriveOptions.PLAIN);
  }

  private List<Path> entries() throws IOException {
    try (Stream<Path> files = Files.list(cache())) {
      return files.filter(file -> file.toString().endsWith(".derived")).sorted().toList();
    }
  }

  /** Puts the findings of one program into the place of those of another, which nobody else may. */
  private Path exchange() throws IOException {
    derive(OTHER, 1);
    byte[] other = Files.readAllBytes(entries().get(0));
    Files.delete(entries().get(0));
    derive(PROGRAM, 1);
    Files.write(entries().get(0), other);
    return entries().get(0);
  }

  @Test
  void resultsAreTheSameForAnyNumberOfJobsAndWithOrWithoutTheCache() throws IOException {
    Path program = Fixtures.named("musl-pie").path();
    Derivation plain = Derivers.SHARED.derive(program, DeriveOptions.PLAIN);
    assertThat(derive(program, 4)).isEqualTo(plain);
    assertThat(entries()).hasSize(1);
    assertThat(derive(program, 2)).isEqualTo(plain);
    assertThat(entries()).hasSize(1);
  }

  @Test
  void entriesAreUsed() throws IOException {
    exchange();
    assertThat(derive(PROGRAM, 1).names())
        .isEqualTo(Derivers.SHARED.derive(OTHER, DeriveOptions.PLAIN).names());
    assertThat(
            new Deriver(1, Optional.of(new FindingsCache(cache(), "2")))
                .derive(PROGRAM, DeriveOptions.PLAIN))
        .isEqualTo(Derivers.SHARED.derive(PROGRAM, DeriveOptions.PLAIN));
  }

  @Test
  void damagedEntriesAreWrittenAnew() throws IOException {
    Derivation plain = derive(PROGRAM, 1);
    Path entry = entries().get(0);
    byte[] good = Files.readAllBytes(entry);
    for (int length : new int[] {0, 31, good.length - 1, good.length}) {
      byte[] damaged = java.util.Arrays.copyOf(good, length);
      if (length == good.length) {
        damaged[length / 2] ^= 1;
      }
      Files.write(entry, damaged);
      assertThat(derive(PROGRAM, 1)).isEqualTo(plain);
      assertThat(Files.readAllBytes(entry)).isEqualTo(good);
    }
  }

  @Test
  void whatOthersCanWriteIsNotTrusted() throws IOException {
    Derivation plain = Derivers.SHARED.derive(PROGRAM, DeriveOptions.PLAIN);
    Path entry = exchange();
    Files.setPosixFilePermissions(entry, PosixFilePermissions.fromString("rw-rw----"));
    assertThat(derive(PROGRAM, 1)).isEqualTo(plain);
    entry = exchange();
    Files.setPosixFilePermissions(cache(), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(derive(PROGRAM, 1)).isEqualTo(plain);
    Files.setPosixFilePermissions(cache(), PosixFilePermissions.fromString("rwx------"));
    Files.setAttribute(entry, "unix:uid", 65534);
    assertThat(derive(PROGRAM, 1)).isEqualTo(plain);
    entry = exchange();
    Path elsewhere = Files.move(entry, folder.resolve("elsewhere"));
    Files.createSymbolicLink(entry, elsewhere);
    assertThat(derive(PROGRAM, 1)).isEqualTo(plain);
  }

  /** They could exchange the cache between the check and the use of it. */
  @Test
  void aCacheInAFolderOfAnotherUserIsNotTrusted() throws IOException {
    Derivation plain = Derivers.SHARED.derive(PROGRAM, DeriveOptions.PLAIN);
    exchange();
    assertThat(derive(PROGRAM, 1)).isNotEqualTo(plain);
    Files.setAttribute(folder, "unix:uid", 65534);
    assertThat(derive(PROGRAM, 1)).isEqualTo(plain);
    Files.delete(entries().get(0));
    derive(PROGRAM, 1);
    assertThat(entries()).isEmpty();
  }

  @Test
  void aFolderThatCannotBeMadeIsNoError() throws IOException {
    Files.writeString(cache(), "a file");
    assertThat(derive(PROGRAM, 1)).isEqualTo(Derivers.SHARED.derive(PROGRAM, DeriveOptions.PLAIN));
    assertThat(cache()).hasContent("a file");
  }
}
