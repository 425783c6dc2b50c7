package dev.hardwire.image;

import dev.hardwire.bytes.FileStamp;
import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Which of many files have nothing but a mode and an owner, so that copying their attributes takes
 * no other process. Java cannot list extended attributes outside the user name space; {@code
 * getfattr} of the attr tools can, for hundreds of files at once.
 *
 * <p>Invariant: a file counts as plain only if it was listed, without an error, after its last
 * change, and the directory of its copy gives new files no access control list.
 */
public final class AttributeSurvey {
  /** A file, and what is to have its attributes. */
  public record Pair(Path from, Path to) {}

  private static final int MOST_FILES = 1000;
  private static final int MOST_CHARACTERS = 100_000;

  /** Attributes that are not copied (see {@link FileAttributes}), or that each file has. */
  private static final Set<String> LEFT =
      Set.of("security.ima", "security.evm", "security.selinux");

  /** What was found when. */
  private record Chunk(Instant before, Set<Path> plain) {}

  /**
   * Some of the files, which are listed together: when the first of them is asked for, or one of
   * those before them.
   */
  private static final class Part {
    private final List<Pair> pairs = new ArrayList<>();
    private final AtomicBoolean begun = new AtomicBoolean();
    private Part next;
    private Chunk chunk;

    synchronized Chunk chunk() {
      if (chunk == null) {
        chunk = list(pairs);
      }
      return chunk;
    }

    /** Lists them while the caller goes on; whoever needs the result waits for it. */
    void begin() {
      if (begun.getAndSet(true)) {
        return;
      }
      Thread thread = new Thread(this::chunk, "attributes");
      thread.setDaemon(true);
      thread.setUncaughtExceptionHandler((failed, failure) -> {}); // whoever needs it tries again
      thread.start();
    }
  }

  private final Map<Path, Part> parts = new HashMap<>();
  private final Part first = new Part();

  /**
   * Plans a survey; nothing is listed before it is asked for.
   *
   * @param pairs in the order in which they will be asked for
   */
  public AttributeSurvey(Collection<Pair> pairs) {
    Part part = first;
    int characters = 0;
    for (Pair pair : pairs) {
      characters += pair.from().toString().length() + pair.to().toString().length();
      if (part.pairs.size() == MOST_FILES || characters > MOST_CHARACTERS) {
        part.next = new Part();
        part = part.next;
        characters = 0;
      }
      part.pairs.add(pair);
      parts.put(pair.from(), part);
    }
  }

  /** Lists a single file while the caller goes on; whoever needs the result waits for it. */
  public void begin() {
    if (parts.size() == 1) {
      first.begin();
    }
  }

  /**
   * Whether nothing but mode and owner is to be copied, and nothing else is to be undone.
   *
   * @param changed when the file was, for the last time
   */
  boolean isPlain(Path from, FileTime changed, Path to) {
    Part part = parts.get(from);
    if (part == null) {
      return isPlain(list(List.of(new Pair(from, to))), from, to);
    }
    if (part.next != null) {
      part.next.begin();
    }
    Chunk chunk = part.chunk();
    return changed.toInstant().isBefore(chunk.before())
        ? isPlain(chunk, from, to)
        : isPlain(list(List.of(new Pair(from, to))), from, to);
  }

  private static boolean isPlain(Chunk chunk, Path from, Path to) {
    return chunk.plain().contains(from.toAbsolutePath())
        && chunk.plain().contains(to.toAbsolutePath().getParent());
  }

  /** The directory, or the one that will hold it. */
  private static Path existing(Path directory) {
    Path at = directory;
    while (at != null && !Files.isDirectory(at)) {
      at = at.getParent();
    }
    return at;
  }

  private static Chunk list(List<Pair> pairs) {
    Instant before = FileStamp.settled();
    Set<Path> asked = new LinkedHashSet<>();
    Map<Path, Path> places = new HashMap<>();
    for (Pair pair : pairs) {
      asked.add(pair.from().toAbsolutePath());
      asked.add(
          places.computeIfAbsent(
              pair.to().toAbsolutePath().getParent(), AttributeSurvey::existing));
    }
    asked.remove(null);
    Optional<Set<Path>> special = special(asked);
    if (special.isEmpty()) {
      return new Chunk(before, Set.of());
    }
    asked.removeAll(special.get());
    // a directory that is made later inherits what the one above it had
    places.forEach(
        (directory, holder) -> {
          if (asked.contains(holder)) {
            asked.add(directory);
          }
        });
    return new Chunk(before, asked);
  }

  /** Those of some files that have further attributes; empty if that cannot be told. */
  private static Optional<Set<Path>> special(Set<Path> files) {
    List<String> command = new ArrayList<>(List.of("getfattr", "--absolute-names", "-m", "-"));
    command.add("--");
    files.forEach(file -> command.add(file.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("LC_ALL", "C");
    try {
      Process process = builder.start();
      byte[] output = process.getInputStream().readAllBytes();
      Charset names = Charset.forName(System.getProperty("sun.jnu.encoding"));
      return process.waitFor() == 0 ? special(new String(output, names), files) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // the tool is not there
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Reads what getfattr prints: for each file with attributes its name, and theirs. */
  private static Optional<Set<Path>> special(String output, Set<Path> files) {
    String header = "# file: ";
    Set<Path> special = new HashSet<>();
    Path file = null;
    for (String line : output.split("\n", -1)) {
      if (line.startsWith(header)) {
        file = Path.of(line.substring(header.length()));
        if (!files.contains(file)) {
          return Optional.empty(); // a name that is printed in another way
        }
      } else if (!line.isEmpty() && !LEFT.contains(line)) {
        if (file == null) {
          return Optional.empty();
        }
        special.add(file);
      }
    }
    return Optional.of(special);
  }
}
