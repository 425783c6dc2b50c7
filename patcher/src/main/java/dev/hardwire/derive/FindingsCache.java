package dev.hardwire.derive;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.Release;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Arrays;
import java.util.Optional;

/**
 * Findings of earlier derivations, in a folder of the user. Each entry is named by the SHA-256 of
 * everything that it depends on, and starts with the SHA-256 of what follows.
 *
 * <p>An entry counts only if folder and file belong to the user and nobody else can write them, and
 * if no folder above belongs to another user than root, who could exchange the folder; any other
 * entry, and one that is damaged, is as if it were not there. A folder that cannot be written is no
 * error: then nothing is kept.
 */
public final class FindingsCache {
  private static final int DIGEST = 32;
  private static final Integer ROOT = 0;
  private static final long LARGEST = 1 << 26;

  private final Path folder;
  private final String version;

  /**
   * A cache.
   *
   * @param folder which is made when something is written
   * @param version of the analysis: only what the same one wrote is read
   */
  public FindingsCache(Path folder, String version) {
    this.folder = folder;
    this.version = version;
  }

  /**
   * The cache of the user: {@code hardwire} in {@code $XDG_CACHE_HOME}, or in {@code .cache} of the
   * home.
   *
   * @param environment the value of {@code XDG_CACHE_HOME}; may be null
   * @param home the user's home; may be null
   * @param program the file that this program runs from; if it is none, there is no cache, since
   *     nothing tells whether the analysis has changed
   */
  public static Optional<FindingsCache> ofUser(String environment, String home, Path program) {
    boolean set = environment != null && environment.startsWith("/");
    String base = set ? environment : home == null ? "" : home + "/.cache";
    try {
      if (!base.startsWith("/") || !Files.isRegularFile(program)) {
        return Optional.empty();
      }
      String version =
          "%s %d %s"
              .formatted(Release.CURRENT, Files.size(program), Files.getLastModifiedTime(program));
      return Optional.of(new FindingsCache(Path.of(base, "hardwire"), version));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Path file(String key) {
    byte[] text = (version + "\n" + key).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return folder.resolve(Bytes.wrap(text).sha256().hex() + ".derived");
  }

  /** What was found before; empty if it is not there, or cannot be trusted. */
  Optional<Findings> read(String key) {
    Path file = file(key);
    try {
      UserPrincipal user = user();
      if (!isPlaceTrusted(user) || !isTrusted(file, user) || Files.size(file) > LARGEST) {
        return Optional.empty();
      }
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length < DIGEST) {
        return Optional.empty();
      }
      byte[] content = Arrays.copyOfRange(bytes, DIGEST, bytes.length);
      byte[] digest = Arrays.copyOf(bytes, DIGEST);
      return Arrays.equals(digest, Bytes.wrap(content).sha256().toArray())
          ? Optional.of(Findings.read(content))
          : Optional.empty();
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  /** Keeps findings, as far as that is possible. */
  void write(String key, Findings findings) {
    try {
      create();
      if (!isPlaceTrusted(user())) {
        return;
      }
      byte[] content = findings.write();
      byte[] bytes = Arrays.copyOf(Bytes.wrap(content).sha256().toArray(), DIGEST + content.length);
      System.arraycopy(content, 0, bytes, DIGEST, content.length);
      Path temporary = Files.createTempFile(folder, "new", ".tmp");
      try {
        Files.write(temporary, bytes);
        Files.move(temporary, file(key), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException | UnsupportedOperationException e) {
      // found again the next time
    }
  }

  private void create() throws IOException {
    var mine = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    Path base = folder.getParent();
    if (!Files.isDirectory(base)) {
      Files.createDirectory(base, mine);
    }
    try {
      Files.createDirectory(folder, mine);
    } catch (FileAlreadyExistsException e) {
      // whether it can be trusted is looked at next
    }
  }

  /** The user of this process, who owns its entry in /proc. */
  private static UserPrincipal user() throws IOException {
    return Files.getOwner(Path.of("/proc/self"));
  }

  private boolean isPlaceTrusted(UserPrincipal user) throws IOException {
    for (Path above = folder.getParent().toRealPath(); above != null; above = above.getParent()) {
      Object owner = Files.getAttribute(above, "unix:uid");
      if (!owner.equals(ROOT) && !Files.getOwner(above).equals(user)) {
        return false;
      }
    }
    return isTrusted(folder, user);
  }

  private static boolean isTrusted(Path file, UserPrincipal user) throws IOException {
    PosixFileAttributes found =
        Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return (found.isRegularFile() || found.isDirectory())
        && found.owner().equals(user)
        && !found.permissions().contains(PosixFilePermission.GROUP_WRITE)
        && !found.permissions().contains(PosixFilePermission.OTHERS_WRITE);
  }
}
