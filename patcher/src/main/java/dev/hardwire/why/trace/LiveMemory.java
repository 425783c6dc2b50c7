package dev.hardwire.why.trace;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.os.Tracing;
import dev.hardwire.why.code.Mapping;
import dev.hardwire.why.code.Memory;
import dev.hardwire.why.code.OpenFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The memory of a traced process, which is stopped: proc(5), maps and mem. */
final class LiveMemory implements Memory, Closeable {
  /** Parts of the kernel that processes see have a few pages. */
  private static final long LARGEST_OF_KERNEL = 1 << 16;

  private static final int FIELDS = 6;
  private static final int HEX = 16;

  private final Path process;
  private final String executable;
  private final String shown;
  private final Tracing.Memory memory;
  private final OpenFiles files = new OpenFiles();
  private final List<Mapping> mappings;

  /**
   * Opens it.
   *
   * @param executable as /proc/PID/exe names it
   * @param shown the name of the executable in reports
   */
  LiveMemory(int process, String executable, String shown) throws IOException {
    this.process = Path.of("/proc", Integer.toString(process));
    this.executable = executable;
    this.shown = shown;
    this.memory = new Tracing.Memory(process);
    this.mappings = mappings();
  }

  @Override
  public List<Mapping> mappings() {
    if (mappings != null) {
      return mappings;
    }
    List<Mapping> found = new ArrayList<>();
    try {
      byte[] maps = Files.readAllBytes(process.resolve("maps"));
      for (String line : new String(maps, StandardCharsets.UTF_8).split("\n", -1)) {
        String[] fields = line.split(" +", FIELDS);
        if (fields.length == FIELDS && !fields[FIELDS - 1].isEmpty()) {
          String[] range = fields[0].split("-", -1);
          String path = fields[FIELDS - 1];
          found.add(
              new Mapping(
                  Long.parseUnsignedLong(range[0], HEX),
                  Long.parseUnsignedLong(range[1], HEX),
                  Long.parseUnsignedLong(fields[2], HEX),
                  path.equals(executable) ? shown : path));
        }
      }
    } catch (IOException gone) {
      return List.of();
    }
    return List.copyOf(found);
  }

  @Override
  public byte[] read(long address, int length) {
    return memory.read(address, length);
  }

  /** The text at an address, up to its end; cut, or empty where memory ends. */
  Optional<String> text(long address, int longest) {
    byte[] bytes = read(address, longest);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    String text = new String(bytes, 0, end, StandardCharsets.UTF_8);
    if (bytes.length == 0) {
      return Optional.empty();
    }
    return Optional.of(end < bytes.length ? text : text + "...");
  }

  @Override
  public Optional<Bytes> file(Mapping mapping) {
    if (mapping.path().equals(shown)) {
      return files.read(process.resolve("exe"));
    }
    if (mapping.path().startsWith("/")) {
      return files.read(Path.of(process + "/root" + mapping.path()));
    }
    long size = mapping.end() - mapping.start();
    return mapping.path().equals("[vdso]") && size > 0 && size <= LARGEST_OF_KERNEL
        ? Optional.of(Bytes.wrap(read(mapping.start(), (int) size)))
        : Optional.empty();
  }

  @Override
  public void close() throws IOException {
    try {
      memory.close();
    } finally {
      files.close();
    }
  }
}
