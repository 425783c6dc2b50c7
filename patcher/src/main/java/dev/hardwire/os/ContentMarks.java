package dev.hardwire.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Makes marks from the states of open files, as git does for its index: as long as a file has the
 * same mark, it has the same contents.
 *
 * <p>The kernel sets the time of a file's last change (ctime) when a write begins, and nobody can
 * set it to another time. So a file has a mark only if
 *
 * <ul>
 *   <li>its file system keeps such times;
 *   <li>no process has it open for writing, and so no write has begun that is not finished;
 *   <li>only this user or root may open it for writing from now on;
 *   <li>the last change was long enough ago that the next one has another time.
 * </ul>
 *
 * <p>After the next start of the system, all marks are others: a disk may have been changed while
 * the system did not run, and a crash may have lost what was written.
 */
public final class ContentMarks {
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

  /** In nanoseconds. Some file systems have times of whole seconds. */
  private static final long OLD = 3 * FileStatus.NANOSECONDS;

  private final Predicate<FileSystemStatus> fileSystems;
  private final LongSupplier clock;

  /** The marks of this host. */
  public ContentMarks() {
    this(FileSystemStatus::keepsTimes, System::currentTimeMillis);
  }

  /**
   * The same by other rules.
   *
   * @param fileSystems which keep times
   * @param clock tells the time in milliseconds since 1970
   */
  ContentMarks(Predicate<FileSystemStatus> fileSystems, LongSupplier clock) {
    this.fileSystems = fileSystems;
    this.clock = clock;
  }

  /** The mark of a file; empty if there is nothing that shows all changes of its contents. */
  public Optional<String> of(Descriptor file) {
    try {
      boolean isSettled = fileSystems.test(file.fileSystem()) && file.hasNoWriters();
      FileStatus status = file.status(); // after that: nobody had begun to write before
      long age = clock.getAsLong() * 1_000_000 - status.changed();
      return isSettled && status.isRegular() && status.isOwn() && age >= OLD
          ? Optional.of(mark(status))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String mark(FileStatus status) throws IOException {
    return "%s %x %d %d %d %d"
        .formatted(
            Files.readString(BOOT).strip(),
            status.device(),
            status.inode(),
            status.size(),
            status.modified(),
            status.changed());
  }
}
