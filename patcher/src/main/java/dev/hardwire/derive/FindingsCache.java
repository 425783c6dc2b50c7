package dev.hardwire.derive;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.derive.module.SummaryStore;
import dev.hardwire.elf.note.Release;
import dev.hardwire.output.CacheFolder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What earlier derivations found, in a {@link CacheFolder} of the user: findings about whole
 * programs, and summaries of libraries. Each entry is named by the SHA-256 of everything that it
 * depends on, the version of the analysis too.
 */
public final class FindingsCache implements SummaryStore {
  private final CacheFolder folder;
  private final String version;
  private volatile boolean grows;

  /**
   * A cache.
   *
   * @param folder which is made when something is written
   * @param version of the analysis: only what the same one wrote is read
   */
  public FindingsCache(Path folder, String version) {
    this(new CacheFolder(folder), version);
  }

  FindingsCache(CacheFolder folder, String version) {
    this.folder = folder;
    this.version = version;
  }

  /** The folder {@code hardwire} in the user's cache, if there is one. */
  public static Optional<FindingsCache> ofUser() {
    return CacheFolder.ofUser("hardwire")
        .map(place -> new FindingsCache(place.folder(), Release.CURRENT + " " + place.version()));
  }

  private String file(String key, String ending) {
    byte[] text = (version + "\n" + key).getBytes(StandardCharsets.UTF_8);
    return Bytes.wrap(text).sha256().hex() + ending;
  }

  private void write(String key, String ending, byte[] content) {
    folder.write(file(key, ending), content);
    grows = true;
  }

  /** What was found about a program; empty if that is not there, or cannot be trusted. */
  Optional<DerivedFindings> findings(String key) {
    return folder
        .read(file(key, ".derived"))
        .flatMap(
            content -> {
              try {
                return Optional.of(DerivedFindings.read(content));
              } catch (BytesException damaged) {
                return Optional.empty();
              }
            });
  }

  /** Keeps what was found about a program, as far as that is possible. */
  void write(String key, DerivedFindings findings) {
    write(key, ".derived", findings.write());
  }

  @Override
  public Optional<byte[]> read(String name) {
    return folder.read(file(name, ".summary"));
  }

  @Override
  public void write(String name, byte[] content) {
    write(name, ".summary", content);
  }

  /** Deletes the oldest entries if something was written and there is too much. */
  void trim() {
    if (grows) {
      folder.trim();
    }
  }
}
