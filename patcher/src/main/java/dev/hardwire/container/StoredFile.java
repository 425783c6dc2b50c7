package dev.hardwire.container;

import dev.hardwire.os.ContentMarks;
import dev.hardwire.os.Descriptor;
import java.io.FilterInputStream;
import java.io.InputStream;
import java.util.Optional;

/** An open file of an image, as a stream, and where it lies on the disk. */
class StoredFile extends FilterInputStream {
  private final Optional<Descriptor> file;
  private final long offset;
  private final long size;

  /**
   * A stream.
   *
   * @param file from which all of it will be read; empty if it was read before
   * @param offset of its first byte there
   * @param size in bytes
   */
  StoredFile(InputStream in, Optional<Descriptor> file, long offset, long size) {
    super(in);
    this.file = file;
    this.offset = offset;
    this.size = size;
  }

  /** The mark of the file, with the place in it; empty if it has none. */
  Optional<String> mark(ContentMarks marks) {
    return file.flatMap(marks::of).map(mark -> mark + " " + offset + " " + size);
  }
}
