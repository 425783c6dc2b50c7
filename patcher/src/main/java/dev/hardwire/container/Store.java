package dev.hardwire.container;

import dev.hardwire.container.archive.CheckedBlob;
import dev.hardwire.container.archive.ContainerException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collection;

/** The files of an image: a layout in a directory, or an archive. */
interface Store extends Closeable {
  /** The largest document in bytes. */
  int LARGEST_DOCUMENT = 16 << 20;

  /** The directory or archive. */
  Path path();

  /** The names of all files, in their order. */
  Collection<String> names() throws IOException;

  boolean has(String name) throws IOException;

  /** The size of a file in bytes. */
  long size(String name) throws IOException;

  /** The file that a name leads to: archives of Docker may have symbolic links. */
  default String resolved(String name) throws IOException {
    return name;
  }

  /**
   * Opens a file.
   *
   * @throws ContainerException if there is none
   */
  StoredFile open(String name) throws IOException;

  /** Reads a document whole. */
  default byte[] document(String name) throws IOException {
    ContainerException.require(
        size(name) <= LARGEST_DOCUMENT, path() + ": " + name, "larger than 16 MiB");
    try (InputStream in = open(name)) {
      return in.readNBytes(LARGEST_DOCUMENT);
    }
  }

  /** Reads a document whole, and checks its digest. */
  default byte[] document(OciDescriptor descriptor) throws IOException {
    String place = path() + ": " + descriptor.digest();
    ContainerException.require(
        descriptor.size() <= LARGEST_DOCUMENT, place, "a document larger than 16 MiB");
    byte[] content = document(descriptor.file());
    ContainerException.require(
        content.length == descriptor.size()
            && CheckedBlob.digest(content).equals(descriptor.digest()),
        place,
        "the blob is damaged: its content has another digest");
    return content;
  }
}
