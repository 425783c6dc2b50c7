package dev.hardwire.container;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Copies a tar archive, with other content for some of its files; all else stays as it is. */
final class TarCopy {
  private TarCopy() {}

  /**
   * Copies an archive.
   *
   * @param changed new contents by name
   */
  static void copy(InputStream in, OutputStream out, String place, Map<String, Path> changed)
      throws IOException {
    Set<String> left = new HashSet<>(changed.keySet());
    TarReader reader = new TarReader(in, place);
    byte[] buffer = new byte[1 << 16];
    for (Optional<TarHeader> next = reader.next(); next.isPresent(); next = reader.next()) {
      TarHeader header = next.get();
      Path content = header.type() == EntryType.FILE ? changed.get(header.name()) : null;
      if (content == null) {
        out.write(reader.rawHeaders());
        int count = reader.read(buffer, 0, buffer.length);
        while (count > 0) {
          out.write(buffer, 0, count);
          count = reader.read(buffer, 0, buffer.length);
        }
        pad(out, header.size());
      } else {
        left.remove(header.name());
        long size = Files.size(content);
        out.write(reader.rawHeaders(size));
        Files.copy(content, out);
        pad(out, size);
      }
    }
    if (!left.isEmpty()) {
      throw new IOException(place + " changed while it was read");
    }
    out.write(new byte[2 * TarReader.BLOCK]);
  }

  private static void pad(OutputStream out, long size) throws IOException {
    out.write(new byte[(int) (-size & (TarReader.BLOCK - 1))]);
  }
}
