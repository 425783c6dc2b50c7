package dev.hardwire.output;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Digested;
import dev.hardwire.bytes.Digests;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.os.Descriptor;
import dev.hardwire.os.Directory;
import dev.hardwire.os.FileStatus;
import dev.hardwire.os.TrustedFolder;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A folder of the user with entries, each of which starts with the SHA-256 of what follows.
 *
 * <p>An entry counts only if no other user can exchange the folder ({@link TrustedFolder}), if
 * folder and file belong to the user, and nobody else can write them; any other entry, and one that
 * is damaged, is as if it were not there. A folder that cannot be written is no error: then nothing
 * is kept. Entries appear complete or not at all, whatever other processes do.
 */
public final class CacheFolder {
  /** The largest entry, in bytes. */
  private static final long LARGEST = 1 << 26;

  /** When all entries together have more bytes, old ones are deleted, down to three quarters. */
  private static final long MOST = 1 << 29;

  /** An entry that is used is made young again when it is older. */
  private static final Duration YOUNG = Duration.ofDays(1);

  private static final String TEMPORARY = ".tmp";

  private final Path folder;
  private final long most;

  /** A folder, which is made when something is written. */
  public CacheFolder(Path folder) {
    this(folder, MOST);
  }

  /**
   * The same with another limit.
   *
   * @param most bytes of all entries together
   */
  public CacheFolder(Path folder, long most) {
    this.folder = folder;
    this.most = most;
  }

  /**
   * Where a user keeps what this program finds out.
   *
   * @param folder of the user
   * @param version of the program: only what the same one wrote is to be read
   */
  public record Place(Path folder, String version) {}

  /**
   * A place of the user in {@code $XDG_CACHE_HOME}, or in {@code .cache} of the home. There is none
   * if this program does not run from a file, since nothing tells whether it has changed.
   *
   * @param name of the folder
   */
  public static Optional<Place> ofUser(String name) {
    String environment = System.getenv("XDG_CACHE_HOME");
    String home = System.getProperty("user.home");
    boolean isSet = environment != null && environment.startsWith("/");
    String base = isSet ? environment : home == null ? "" : home + "/.cache";
    Optional<Path> program = program();
    if (program.isEmpty() || !base.startsWith("/")) {
      return Optional.empty();
    }
    try {
      String version = Files.size(program.get()) + " " + Files.getLastModifiedTime(program.get());
      return Optional.of(new Place(Path.of(base, name), version));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * The file that this program runs from; empty if it is none, such as a directory of classes.
   *
   * <p>For classes of an archive that was made with a relative path, the JVM states no location, or
   * one below the working directory. The class path has the file then.
   */
  public static Optional<Path> program() {
    CodeSource code = CacheFolder.class.getProtectionDomain().getCodeSource();
    return program(
        code == null ? null : code.getLocation(), System.getProperty("java.class.path", ""));
  }

  /**
   * The file that a program runs from.
   *
   * @param location what the JVM states; null if it states none
   */
  static Optional<Path> program(URL location, String classPath) {
    try {
      Optional<Path> stated =
          location == null ? Optional.empty() : Optional.of(Path.of(location.toURI()));
      Path classes = Path.of(classPath);
      boolean isThat = stated.map(Path::getFileName).map(classes::endsWith).orElse(true);
      return isThat && Files.isRegularFile(classes)
          ? Optional.of(classes)
          : stated.filter(Files::isRegularFile);
    } catch (URISyntaxException | IllegalArgumentException | FileSystemNotFoundException e) {
      return Optional.empty();
    }
  }

  /** The folder, if it belongs to the user, and others cannot exchange it. */
  private Directory open() throws IOException {
    Directory directory = Directory.open(TrustedFolder.require(folder));
    if (directory.status().isOwn()) {
      return directory;
    }
    directory.close();
    throw new NoSuchFileException(folder.toString());
  }

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** What an entry has; empty if it is not there, or cannot be trusted. */
  public Optional<byte[]> read(String name) {
    try (Directory directory = open();
        Descriptor file = directory.openFile(name(name))) {
      FileStatus status = file.status();
      if (!status.isRegular() || !status.isOwn() || status.size() > LARGEST) {
        return Optional.empty();
      }
      byte[] both = new byte[(int) status.size()];
      ByteBuffer into = ByteBuffer.wrap(both);
      while (into.hasRemaining() && file.read(into, into.position()) > 0) {
        // until it is full
      }
      Optional<byte[]> content = into.hasRemaining() ? Optional.empty() : Digested.content(both);
      if (content.isPresent() && isOlder(status)) {
        file.touch();
      }
      return content;
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Opens an entry that was written from a file; empty if it is not there, or cannot be trusted.
   * What it has is not checked.
   */
  public Optional<FileBytes> open(String name) {
    try (Directory directory = open();
        Descriptor file = directory.openFile(name(name))) {
      FileStatus status = file.status();
      if (!status.isRegular() || !status.isOwn()) {
        return Optional.empty();
      }
      if (isOlder(status)) {
        file.touch();
      }
      return Optional.of(FileBytes.open(folder.resolve(name)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Writes an entry that {@link #open(String)} reads, as far as that is possible. One that would
   * take the place of all others is not written.
   */
  public void write(String name, FileBytes content) {
    if (content.bytes().size() <= most / 2) {
      write(name, content.bytes());
    }
  }

  private static boolean isOlder(FileStatus file) {
    return file.modified() / 1_000_000 < System.currentTimeMillis() - YOUNG.toMillis();
  }

  /** Writes an entry, as far as that is possible. */
  public void write(String name, byte[] content) {
    if (content.length <= LARGEST - Digests.SIZE) {
      write(name, Bytes.wrap(Digested.of(content)));
    }
  }

  private void write(String name, Bytes entry) {
    try {
      make(folder.getParent());
      make(folder);
      open().close();
      AtomicFile.writePrivate(folder.resolve(name), entry);
    } catch (IOException e) {
      // found or made again the next time
    }
  }

  private static void make(Path path) throws IOException {
    try (Directory above = Directory.open(TrustedFolder.require(path.getParent()))) {
      byte[] name = Directory.name(path);
      if (above.status(name).isEmpty()) {
        above.makeDirectory(name, 0700).close();
      }
    }
  }

  private record Entry(String name, long size, long used) {}

  /** Deletes the oldest entries if there are too many bytes, and what killed processes left. */
  public void trim() {
    try (Directory directory = open()) {
      List<Entry> entries = new ArrayList<>();
      long size = 0;
      for (byte[] name : directory.names()) {
        Optional<FileStatus> found = directory.status(name);
        String text = new String(name, StandardCharsets.ISO_8859_1);
        boolean isLeft = text.endsWith(TEMPORARY);
        if (found.isPresent() && isLeft && isOlder(found.get())) {
          directory.delete(name);
        } else if (found.isPresent() && found.get().isRegular() && !isLeft) {
          entries.add(new Entry(text, found.get().size(), found.get().modified()));
          size += found.get().size();
        }
      }
      if (size <= most) {
        return;
      }
      entries.sort(Comparator.comparingLong(Entry::used).thenComparing(Entry::name));
      for (Entry entry : entries) {
        if (size <= most / 4 * 3) {
          return;
        }
        directory.delete(entry.name().getBytes(StandardCharsets.ISO_8859_1));
        size -= entry.size();
      }
    } catch (IOException e) {
      // another process deletes files, or the next one will
    }
  }
}
