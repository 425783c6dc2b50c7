package dev.hardwire.derive;

import dev.hardwire.bytes.Digested;
import dev.hardwire.bytes.Digests;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A folder of the user with entries, each of which starts with the SHA-256 of what follows.
 *
 * <p>An entry counts only if folder and file belong to the user and nobody else can write them, and
 * if no folder above belongs to another user than root, who could exchange the folder; any other
 * entry, and one that is damaged, is as if it were not there. A folder that cannot be written is no
 * error: then nothing is kept. Entries appear complete or not at all, whatever other processes do.
 */
final class CacheFolder {
  private static final Integer ROOT = 0;

  /** The largest entry, in bytes. */
  private static final long LARGEST = 1 << 26;

  /** When all entries together have more bytes, old ones are deleted, down to three quarters. */
  private static final long MOST = 1 << 29;

  /** An entry that is used is made young again when it is older. */
  private static final Duration YOUNG = Duration.ofDays(1);

  private static final String TEMPORARY = ".tmp";

  private final Path folder;
  private final long most;
  private volatile boolean isTrusted;

  CacheFolder(Path folder) {
    this(folder, MOST);
  }

  /**
   * The same with another limit.
   *
   * @param most bytes of all entries together
   */
  CacheFolder(Path folder, long most) {
    this.folder = folder;
    this.most = most;
  }

  /** What an entry has; empty if it is not there, or cannot be trusted. */
  Optional<byte[]> read(String name) {
    Path file = folder.resolve(name);
    try {
      UserPrincipal user = user();
      if (!isPlaceTrusted(user) || !isTrusted(file, user) || Files.size(file) > LARGEST) {
        return Optional.empty();
      }
      Optional<byte[]> content = Digested.content(Files.readAllBytes(file));
      Instant now = Instant.now();
      if (content.isPresent()
          && Files.getLastModifiedTime(file).toInstant().isBefore(now.minus(YOUNG))) {
        Files.setLastModifiedTime(file, FileTime.from(now));
      }
      return content;
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  /** Writes an entry, as far as that is possible. */
  void write(String name, byte[] content) {
    if (content.length > LARGEST - Digests.SIZE) {
      return;
    }
    try {
      create();
      if (!isPlaceTrusted(user())) {
        return;
      }
      Path temporary = Files.createTempFile(folder, "new", TEMPORARY);
      try {
        Files.write(temporary, Digested.of(content));
        Files.move(temporary, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException | UnsupportedOperationException e) {
      // found again the next time
    }
  }

  private record Entry(Path file, long size, Instant used) {}

  /** Deletes the oldest entries if there are too many bytes, and what killed processes left. */
  void trim() {
    try {
      if (!isPlaceTrusted(user())) {
        return;
      }
      List<Entry> entries = new ArrayList<>();
      long size = 0;
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path file : files) {
          BasicFileAttributes found =
              Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
          Instant used = found.lastModifiedTime().toInstant();
          boolean left = file.toString().endsWith(TEMPORARY);
          if (left && used.isBefore(Instant.now().minus(YOUNG))) {
            Files.deleteIfExists(file);
          } else if (found.isRegularFile() && !left) {
            entries.add(new Entry(file, found.size(), used));
            size += found.size();
          }
        }
      }
      if (size <= most) {
        return;
      }
      entries.sort(Comparator.comparing(Entry::used).thenComparing(Entry::file));
      for (Entry entry : entries) {
        if (size <= most / 4 * 3) {
          return;
        }
        Files.deleteIfExists(entry.file());
        size -= entry.size();
      }
    } catch (IOException | UnsupportedOperationException | DirectoryIteratorException e) {
      // another process deletes files, or the next one will
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

  /** Whether nobody but the user and root can exchange the folder; looked at until that is so. */
  private boolean isPlaceTrusted(UserPrincipal user) throws IOException {
    if (isTrusted) {
      return true;
    }
    for (Path above = folder.getParent().toRealPath(); above != null; above = above.getParent()) {
      Object owner = Files.getAttribute(above, "unix:uid");
      if (!owner.equals(ROOT) && !Files.getOwner(above).equals(user)) {
        return false;
      }
    }
    isTrusted = isTrusted(folder, user);
    return isTrusted;
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
