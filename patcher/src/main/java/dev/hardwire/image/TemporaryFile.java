package dev.hardwire.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of files that are being written, and will be renamed. A name tells which process
 * writes the file, so that what a killed process left can be removed.
 */
public final class TemporaryFile {
  private static final Pattern NAME =
      Pattern.compile("\\.hardwire-([0-9a-f]{8})-([0-9]+)-([0-9]+)-[0-9a-f]+\\.tmp");
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path PROCESSES = Path.of("/proc");
  private static final Path NAMESPACE = Path.of("/proc/self/ns/pid");

  /** Nobody writes for so long without a write. */
  private static final Duration STALE = Duration.ofHours(1);

  /** What a process sees the numbers of: one namespace of one running kernel. */
  private static final String PLACE = place();

  private static final long PID = ProcessHandle.current().pid();
  private static final long START = startOf(PID).orElse(0L);

  private TemporaryFile() {}

  /** A new name. */
  static String newName() {
    return ".hardwire-%s-%d-%d-%x.tmp"
        .formatted(PLACE, PID, START, ThreadLocalRandom.current().nextInt());
  }

  /** Whether a file is one that is being written. */
  public static boolean isOne(Path file) {
    return NAME.matcher(file.getFileName().toString()).matches();
  }

  /**
   * Removes from a directory what processes that were killed left there. A process that runs, and
   * one of which that cannot be known, keeps its files; those of another user stay too.
   */
  public static void sweep(Path directory) throws IOException {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, TemporaryFile::isOne)) {
      for (Path file : files) {
        if (isLeft(file)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static boolean isLeft(Path file) throws IOException {
    Matcher name = NAME.matcher(file.getFileName().toString());
    if (!name.matches() || !isOurs(file)) {
      return false;
    }
    if (name.group(1).equals(PLACE)) {
      Optional<Long> start = startOf(Long.parseLong(name.group(2)));
      return start.isEmpty() || start.get() != Long.parseLong(name.group(3));
    }
    try {
      FileTime written = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS);
      return written.toInstant().isBefore(Instant.now().minus(STALE));
    } catch (NoSuchFileException e) {
      return false; // it has been renamed
    }
  }

  /** Whether this user's processes could have made it, all of which the user can see. */
  private static boolean isOurs(Path file) throws IOException {
    try {
      int user = (int) Files.getAttribute(PROCESSES.resolve("self"), "unix:uid");
      return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
              .isRegularFile()
          && (user == 0
              || user == (int) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** When a process was started, in clock ticks; empty if there is none. */
  private static Optional<Long> startOf(long pid) {
    try {
      String stat =
          Files.readString(
              PROCESSES.resolve(Long.toString(pid)).resolve("stat"), StandardCharsets.ISO_8859_1);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return Optional.of(Long.parseLong(fields[19])); // field 22 of proc_pid_stat(5)
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String place() {
    try {
      String text = Files.readString(BOOT) + Files.readSymbolicLink(NAMESPACE);
      return "%08x".formatted(text.hashCode());
    } catch (IOException e) {
      return "00000000"; // without /proc nobody is seen either
    }
  }
}
