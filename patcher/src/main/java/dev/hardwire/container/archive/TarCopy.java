package dev.hardwire.container.archive;

import dev.hardwire.output.WorkFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Copies a tar archive, with other content for some of its files; all else stays as it is. */
public final class TarCopy {
  private TarCopy() {}

  /**
   * Copies an archive.
   *
   * @param changed new contents by name
   */
  public static void copy(InputStream in, OutputStream out, String place, Map<String, Path> changed)
      throws IOException {
    copy(in, out, place, changed.size(), (header, position) -> changed.get(header.name()));
  }

  /** The new contents of an archive. */
  public interface Changes {
    /**
     * The new content of an entry; null if it stays.
     *
     * @param position of the entry, counted from 0
     */
    Path of(TarHeader header, int position);
  }

  /**
   * Copies an archive.
   *
   * @param count of new contents
   */
  public static void copy(
      InputStream in, OutputStream out, String place, int count, Changes changes)
      throws IOException {
    int left = count;
    int position = 0;
    TarReader reader = new TarReader(in, place);
    for (Optional<TarHeader> next = reader.next(); next.isPresent(); next = reader.next()) {
      TarHeader header = next.get();
      int own = position++;
      Path content = header.type() == EntryType.FILE ? changes.of(header, own) : null;
      if (content == null) {
        out.write(reader.rawHeaders());
        reader.transferTo(out, header.size());
        TarWriter.pad(out, header.size());
      } else {
        left--;
        long size = Files.size(content);
        out.write(reader.rawHeaders(size));
        try (InputStream from = WorkFolder.open(content)) {
          from.transferTo(out);
        }
        TarWriter.pad(out, size);
      }
    }
    if (left != 0) {
      throw new IOException(place + " changed while it was read");
    }
    out.write(new byte[2 * TarReader.BLOCK]);
  }
}
