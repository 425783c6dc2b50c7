package dev.hardwire.container;

import dev.hardwire.container.archive.CheckedBlob;
import dev.hardwire.container.archive.Compression;
import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.Contents;
import dev.hardwire.container.archive.TarHeader;
import dev.hardwire.container.archive.TarReader;
import dev.hardwire.container.archive.UnpackLimit;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * A layer of an image.
 *
 * @param file its name in the store
 * @param digest of the file, as the manifest says; empty in Docker's archives
 * @param size of the file in bytes
 * @param diffId digest of the archive in it, as the configuration says
 * @param compression as the media type says; empty if it does not
 * @param limit of its content
 */
public record ImageLayer(
    Store store,
    String file,
    Optional<String> digest,
    long size,
    String diffId,
    Optional<Compression> compression,
    UnpackLimit limit) {
  private static final int BUFFER = 1 << 16;

  /** Receives the entries of a layer. */
  interface Visitor {
    /**
     * Receives an entry.
     *
     * @param reader reads its content
     */
    void visit(TarHeader header, Contents reader) throws IOException;
  }

  String place() {
    return store.path() + ": " + digest.orElse(file);
  }

  /** Opens the file as it is stored. */
  StoredFile open() throws IOException {
    return store.open(file);
  }

  /**
   * Reads all entries, and checks the digests.
   *
   * @throws ContainerException if the layer is damaged or too long
   */
  void read(Visitor visitor) throws IOException {
    open((archive, found) -> read(archive, visitor));
  }

  /** The same with the file as it was opened. */
  void read(StoredFile stored, Visitor visitor) throws IOException {
    unpack(stored, (archive, found) -> read(archive, visitor));
  }

  /** Reads a layer that is unpacked. */
  interface Reading {
    void read(InputStream archive, Compression compression) throws IOException;
  }

  /** Reads the archive in it, and checks the digests. */
  void open(Reading reading) throws IOException {
    try (StoredFile stored = open()) {
      unpack(stored, reading);
    }
  }

  private void unpack(StoredFile stored, Reading reading) throws IOException {
    CheckedBlob blob = blob(stored);
    BufferedInputStream buffered = new BufferedInputStream(blob, BUFFER);
    Compression found = Compression.of(buffered);
    ContainerException.require(
        compression.isEmpty() || compression.get() == found,
        place(),
        "the layer is not compressed as its media type says");
    CheckedBlob archive = limit.open(found, buffered, size, place());
    reading.read(archive, found);
    String actual = archive.finish();
    ContainerException.require(
        actual.equals(diffId), place(), "the layer's content has another digest: " + actual);
    check(blob);
  }

  /** Checks the digest of the file as it is stored, which is not unpacked. */
  void check(StoredFile stored) throws IOException {
    check(blob(stored));
  }

  private CheckedBlob blob(StoredFile stored) {
    return new CheckedBlob(stored, size, place(), ", as its descriptor says");
  }

  private void check(CheckedBlob blob) throws IOException {
    String stored = blob.finish();
    ContainerException.require(
        blob.count() == size && digest.orElse(stored).equals(stored),
        place(),
        "the blob is damaged: its content has another digest");
  }

  private void read(InputStream archive, Visitor visitor) throws IOException {
    TarReader reader = new TarReader(archive, place());
    for (Optional<TarHeader> next = reader.next(); next.isPresent(); next = reader.next()) {
      visitor.visit(next.get(), reader);
    }
  }
}
