package dev.hardwire.keep;

import dev.hardwire.output.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The files that decide what is kept, and how, as they were when all was done. The text is what
 * {@code stat -c '%i %.9Z %.9Y %s %n'} prints, so that the start script can find out without a JVM
 * that none of them has changed.
 */
final class KeepState {
  private final Set<Path> files = new TreeSet<>();

  /** Adds a file or directory. If it is not there, its nearest parent says when it comes. */
  void add(Path file) {
    Path at = file.toAbsolutePath().normalize();
    while (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
      at = at.getParent();
    }
    files.add(at);
    if (Files.isSymbolicLink(at)) {
      try {
        files.add(at.toRealPath());
      } catch (IOException e) {
        return; // it leads nowhere
      }
    }
  }

  /** Adds a file, and all that lie beside it. */
  void addFolderOf(Path file) throws IOException {
    add(file);
    Path folder = file.toAbsolutePath().getParent();
    add(folder);
    try (var beside = Files.newDirectoryStream(folder)) {
      for (Path one : beside) {
        add(one);
      }
    }
  }

  void write(Path target) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Path file : files) {
      line(file).ifPresent(line -> text.append(line).append('\n'));
    }
    AtomicFile.write(target, text.toString());
  }

  /** How a file is now; empty if it is not there. */
  private static Optional<String> line(Path file) throws IOException {
    try {
      Map<String, Object> now =
          Files.readAttributes(
              file, "unix:ino,ctime,lastModifiedTime,size", LinkOption.NOFOLLOW_LINKS);
      return Optional.of(
          "%s %s %s %s %s"
              .formatted(
                  now.get("ino"),
                  seconds(now.get("ctime")),
                  seconds(now.get("lastModifiedTime")),
                  now.get("size"),
                  file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static String seconds(Object time) {
    Instant instant = ((FileTime) time).toInstant();
    return "%d.%09d".formatted(instant.getEpochSecond(), instant.getNano());
  }
}
