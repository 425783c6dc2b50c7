package dev.hardwire.image;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileStamp;
import dev.hardwire.elf.ElfFile;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The SHA-256 digests of many files, computed by {@code sha256sum} of the GNU coreutils while the
 * files before them are worked on. It uses the processor's instructions from the first byte on;
 * Java does so only when its second compiler has run, which takes longer than a thousand small
 * programs.
 *
 * <p>Invariant: a digest is given only for a file that has not changed from before the survey began
 * to when it is asked for.
 */
public final class DigestSurvey {
  /** Of the first process, which somebody soon waits for; each further one gets twice as much. */
  private static final int FIRST_FILES = 64;

  private static final long FIRST_BYTES = 1L << 23;
  private static final int DOUBLINGS = 4;
  private static final int MOST_CHARACTERS = 100_000;

  /** Fewer files, all below that size, are hashed in Java before another process has started. */
  private static final int FEW_FILES = 8;

  private static final long SMALL = 1L << 20;

  /** Of a digest, and between it and the name, in the output. */
  private static final int DIGITS = 64;

  private static final int MARKS = 2;

  /** Some files, of which one process computes the digests. */
  private static final class Chunk {
    private final int number;
    private final Map<Path, FileStamp> stamps = new LinkedHashMap<>();
    private int files;
    private Process process;
    private Map<Path, Bytes> digests;

    Chunk(int number) {
      this.number = number;
    }

    synchronized Optional<Bytes> digest(Path file) throws IOException {
      if (!stamps.containsKey(file)) {
        return Optional.empty();
      }
      if (digests == null) {
        digests = Map.of(); // where reading them fails
        digests = read(process);
      }
      Bytes digest = digests.get(file);
      return digest != null && FileStamp.of(file).equals(stamps.get(file))
          ? Optional.of(digest)
          : Optional.empty();
    }
  }

  private final List<Path> files = new ArrayList<>();
  private final Map<Path, Integer> places = new HashMap<>();
  private final int ahead;
  private final List<Chunk> chunkOf = new ArrayList<>();
  private Instant begun;
  private boolean useful;
  private boolean ended;
  private int chunks;
  private int asked = -1;

  /**
   * Plans a survey of no files yet.
   *
   * @param ahead how many processes may run before anybody asks for what they compute
   */
  public DigestSurvey(int ahead) {
    this.ahead = ahead;
  }

  /** Adds a file, in the order in which they will be asked for, before the survey begins. */
  public void add(Path file) {
    Path absolute = file.toAbsolutePath();
    if (places.putIfAbsent(absolute, files.size()) == null) {
      files.add(absolute);
    }
  }

  /** Starts while the caller goes on, if there are many files or a large one among them. */
  public void begin() {
    begun = FileStamp.settled();
    useful = files.size() >= FEW_FILES;
    for (int i = 0; i < files.size() && !useful; i++) {
      useful = files.get(i).toFile().length() >= SMALL; // 0 if it is gone
    }
    if (useful) {
      start();
    }
  }

  /**
   * The digest of a file, if it was computed, and stands for what anybody has read from the file
   * since the survey began.
   */
  public Optional<Bytes> digest(Path file) throws IOException {
    Integer place = places.get(file.toAbsolutePath());
    if (place == null || !useful) {
      return Optional.empty();
    }
    Chunk chunk;
    synchronized (this) {
      boolean goesOn = place >= chunkOf.size() || chunkOf.get(place).number > current();
      asked = Math.max(asked, place);
      if (goesOn) {
        notifyAll();
      }
      while (chunkOf.size() <= place && !ended) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return Optional.empty();
        }
      }
      chunk = chunkOf.size() > place ? chunkOf.get(place) : null;
    }
    return chunk == null ? Optional.empty() : chunk.digest(files.get(place));
  }

  private void start() {
    Thread thread = new Thread(this::startAll, "digests");
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((failed, failure) -> {}); // whoever needs one computes it
    thread.start();
  }

  private void startAll() {
    try {
      while (mayStart()) {
        add(nextChunk());
      }
    } catch (IOException e) {
      // the tool is not there
    } finally {
      end();
    }
  }

  /** The number of the last chunk that anybody has asked for. */
  private int current() {
    if (asked < 0) {
      return 0;
    }
    return asked < chunkOf.size() ? chunkOf.get(asked).number : chunks;
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Waits until the next process is needed; false at the end. */
  private synchronized boolean mayStart() {
    while (chunkOf.size() < files.size()) {
      if (chunks <= current() + ahead) {
        return true;
      }
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }

  private synchronized void add(Chunk chunk) {
    chunks++;
    chunkOf.addAll(Collections.nCopies(chunk.files, chunk));
    notifyAll();
  }

  private Chunk nextChunk() throws IOException {
    Chunk chunk = new Chunk(chunks);
    int doubled = Math.min(chunks, DOUBLINGS);
    long bytes = 0;
    int characters = 0;
    for (Path file : files.subList(chunkOf.size(), files.size())) {
      characters += file.toString().length();
      boolean full =
          chunk.files == FIRST_FILES << doubled
              || bytes > FIRST_BYTES << doubled
              || characters > MOST_CHARACTERS;
      if (full && chunk.files > 0) {
        break;
      }
      chunk.files++;
      Optional<FileStamp> stamp = stamp(file);
      if (stamp.isPresent() && !stamp.get().isSince(begun)) {
        chunk.stamps.put(file, stamp.get());
        bytes += stamp.get().size();
      }
    }
    if (!chunk.stamps.isEmpty()) {
      chunk.process = start(chunk.stamps.keySet());
    }
    return chunk;
  }

  /** The state of an executable; empty for what is none. */
  private static Optional<FileStamp> stamp(Path file) {
    try {
      Optional<FileStamp> stamp = FileStamp.ofRegular(file);
      if (stamp.isEmpty()) {
        return stamp;
      }
      try (InputStream in = Files.newInputStream(file)) {
        return ElfFile.isMagic(in.readNBytes(ElfFile.MAGIC_SIZE)) ? stamp : Optional.empty();
      }
    } catch (IOException e) {
      return Optional.empty(); // whoever works on the file will say what is wrong
    }
  }

  private static Process start(Set<Path> files) throws IOException {
    List<String> command = new ArrayList<>(List.of("sha256sum", "--zero", "--"));
    files.forEach(file -> command.add(file.toString()));
    return new ProcessBuilder(command)
        .redirectInput(new File("/dev/null"))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Reads what sha256sum prints: for each file the digest, two signs, the name, and a NUL. */
  private static Map<Path, Bytes> read(Process process) throws IOException {
    Map<Path, Bytes> digests = new HashMap<>();
    Charset names = Charset.forName(System.getProperty("sun.jnu.encoding"));
    byte[] output = process.getInputStream().readAllBytes();
    for (int start = 0, end; start < output.length; start = end + 1) {
      end = start;
      while (end < output.length && output[end] != 0) {
        end++;
      }
      if (end == output.length || end - start <= DIGITS + MARKS) {
        return Map.of(); // it was killed
      }
      String digits = new String(output, start, DIGITS, StandardCharsets.US_ASCII);
      int name = start + DIGITS + MARKS;
      try {
        digests.put(
            Path.of(new String(output, name, end - name, names)),
            Bytes.wrap(HexFormat.of().parseHex(digits)));
      } catch (IllegalArgumentException e) {
        return Map.of(); // it is another program
      }
    }
    return digests;
  }
}
