package dev.hardwire.output;

import dev.hardwire.os.Directory;
import dev.hardwire.os.FileStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The names of files that are being written, and will be renamed. A name contains the process that
 * writes the file, so that files of killed processes can be removed: {@code
 * .hardwire-PLACE-PID-START-RANDOM.tmp}.
 */
public final class TemporaryFile {
  private static final String PREFIX = ".hardwire-";
  private static final String SUFFIX = ".tmp";
  private static final String BOOT = "/proc/sys/kernel/random/boot_id";
  private static final String NAMESPACE = "/proc/self/ns/pid";

  /** Of a process, in what follows its name in proc_pid_stat(5). */
  private static final int START_TIME = 19;

  /** A file that was not written to for so long is not being written. */
  private static final long STALE_MILLISECONDS = 3_600_000;

  private static final long NANOSECONDS_OF_MILLISECOND = 1_000_000;

  /** The scope of process numbers: one namespace of one running kernel. */
  private static final String PLACE = place();

  private static final String PID = processId();
  private static final String START = startOf(PID);

  private TemporaryFile() {}

  /** Loading the class of process handles takes longer than reading the link. */
  static String processId() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self")).toString();
    } catch (IOException e) {
      return Long.toString(ProcessHandle.current().pid());
    }
  }

  /** A name that is not in use. */
  static String newName() {
    String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return PREFIX + PLACE + '-' + PID + '-' + START + '-' + random + SUFFIX;
  }

  /** Whether a file is one that is being written, or was. */
  public static boolean isOne(Path file) {
    return isOne(file.getFileName().toString());
  }

  private static boolean isOne(String name) {
    return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
  }

  /** Removes from directories what killed processes left there, where that is possible. */
  public static void sweep(Iterable<Path> directories) {
    for (Path directory : directories) {
      try (Directory open = Directory.openTrusted(directory)) {
        sweep(open);
      } catch (IOException e) {
        // work on the files there reports the error
      }
    }
  }

  /**
   * Removes from a directory what killed processes left there. What a running process writes stays;
   * so does, for an hour after it was last written to, a file that may be written by a process that
   * cannot be seen from here; and what belongs to another user.
   */
  static void sweep(Directory directory) {
    try {
      for (byte[] name : directory.names()) {
        String text = new String(name, StandardCharsets.ISO_8859_1);
        if (isOne(text)) {
          Optional<FileStatus> found = directory.status(name);
          if (found.isPresent() && isLeft(text, found.get())) {
            directory.deleteTree(name);
          }
        }
      }
    } catch (IOException e) {
      // another process removes it as well, or it stays
    }
  }

  private static boolean isLeft(String name, FileStatus file) throws IOException {
    String[] words =
        name.substring(PREFIX.length(), name.length() - SUFFIX.length()).split("-", -1);
    boolean isKnown = file.isRegular() || file.isDirectory();
    if (words.length != 4 || !isKnown || !isOfThisUser(file)) {
      return false;
    }
    if (words[0].equals(PLACE)) {
      return !startOf(words[1]).equals(words[2]);
    }
    long written = file.modified() / NANOSECONDS_OF_MILLISECOND;
    return file.isRegular() && written < System.currentTimeMillis() - STALE_MILLISECONDS;
  }

  /** Whether a process that this user can see must have made it; root sees all of them. */
  private static boolean isOfThisUser(FileStatus file) throws IOException {
    try (Directory self = Directory.open(Path.of("/proc/self"))) {
      int user = self.status().user();
      return user == 0 || user == file.user();
    }
  }

  /** When a process was started, in clock ticks; empty if there is none. */
  private static String startOf(String pid) {
    try {
      String stat = Files.readString(Path.of("/proc", pid, "stat"), StandardCharsets.ISO_8859_1);
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[START_TIME];
    } catch (IOException e) {
      return "";
    }
  }

  private static String place() {
    try {
      String text = Files.readString(Path.of(BOOT)) + Files.readSymbolicLink(Path.of(NAMESPACE));
      return Integer.toHexString(text.hashCode());
    } catch (IOException e) {
      return "0";
    }
  }
}
