package dev.hardwire.spark.files;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.Timer;
import java.util.TimerTask;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Keeps two runs from writing to one output at a time: a file that its owner writes anew at each
 * beat. If it stays as it is for several beats, its owner is gone, and the next run takes it.
 *
 * <p>No clock of another machine is used, and nothing of a file system but creating, replacing and
 * reading a file. Where creating is not atomic (some object stores), two runs that start in the
 * same moment may both believe that they have it, until {@link #check}.
 */
public final class OutputLock implements Closeable {
  public static final String NAME = ".hardwire-lock";

  /** How often it is written. */
  public static final Duration BEAT = Duration.ofSeconds(5);

  /** After how many beats without a change the owner is gone. */
  private static final int BEATS = 4;

  private static final int LONGEST = 1000;

  private final FileSystem files;
  private final Path file;
  private final String owner;
  private final Duration beat;
  private final Timer beats = new Timer("hardwire-lock", true);
  private long count;

  private OutputLock(FileSystem files, Path file, Duration beat) {
    this.files = files;
    this.file = file;
    this.beat = beat;
    this.owner = ManagementFactory.getRuntimeMXBean().getName() + " " + UUID.randomUUID();
  }

  /**
   * Takes the lock of an output. This takes some beats if a run was killed that had it.
   *
   * @throws IOException if another run has it
   */
  public static OutputLock take(Path output, Configuration configuration, Duration beat)
      throws IOException {
    FileSystem files = output.getFileSystem(configuration);
    if (!files.mkdirs(output)) {
      throw new IOException(output + ": is no directory, and cannot be made");
    }
    OutputLock lock = new OutputLock(files, new Path(output, NAME), beat);
    while (!lock.create()) {
      lock.awaitNobody(output);
      files.delete(lock.file, false);
    }
    lock.check();
    lock.beats.schedule(lock.new Beat(), beat.toMillis(), beat.toMillis());
    return lock;
  }

  private boolean create() throws IOException {
    try {
      if (LocalCopy.isLocal(file)) { // what Hadoop does there is not atomic
        Files.writeString(Files.createFile(java.nio.file.Path.of(file.toUri().getPath())), text());
        return true;
      }
      try (OutputStream out = files.create(file, false)) {
        out.write(text().getBytes(StandardCharsets.UTF_8));
      }
      return true;
    } catch (FileAlreadyExistsException | org.apache.hadoop.fs.FileAlreadyExistsException e) {
      return false;
    }
  }

  /** Returns when nobody has written for some beats. */
  private void awaitNobody(Path output) throws IOException {
    Optional<String> first = read();
    for (int i = 0; i < BEATS && first.isPresent(); i++) {
      try {
        Thread.sleep(beat.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(output + ": interrupted while waiting for another run", e);
      }
      Optional<String> now = read();
      if (now.isEmpty()) {
        return;
      }
      if (!now.equals(first)) {
        // While it is written, it is empty.
        String text = now.get().isEmpty() ? first.get() : now.get();
        throw new IOException(
            "%s: another run writes to it (process %s); wait until that has ended"
                .formatted(output, text.replaceFirst(" .*", "")));
      }
    }
  }

  private synchronized String text() {
    return owner + " " + count;
  }

  /** The text of the file; empty if there is no file. */
  private Optional<String> read() throws IOException {
    try (InputStream in = files.open(file)) {
      return Optional.of(new String(in.readNBytes(LONGEST), StandardCharsets.UTF_8));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  /** Whether it is still this one's; so is an empty file, left by a write that failed. */
  private boolean isOwn() throws IOException {
    return read().filter(text -> text.isEmpty() || text.startsWith(owner)).isPresent();
  }

  /** Tells others that the owner is there. */
  private final class Beat extends TimerTask {
    @Override
    public void run() {
      synchronized (OutputLock.this) {
        try {
          check();
          count++;
          try (OutputStream out = Upload.raw(files).create(file, true)) {
            out.write(text().getBytes(StandardCharsets.UTF_8));
          }
        } catch (IOException e) {
          // whoever writes next finds it out by check()
        }
      }
    }
  }

  /**
   * Makes sure that no other run has taken it.
   *
   * @throws IOException if one has
   */
  public synchronized void check() throws IOException {
    if (!isOwn()) {
      throw new IOException(
          file.getParent() + ": another run has taken it, as this one did not answer for long");
    }
  }

  @Override
  public void close() throws IOException {
    beats.cancel();
    synchronized (this) {
      if (isOwn()) {
        files.delete(file, false);
      }
    }
  }
}
