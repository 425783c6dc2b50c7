package dev.hardwire.container;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.container.archive.ArchiveNames;
import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.EntryType;
import dev.hardwire.container.archive.FileRange;
import dev.hardwire.container.archive.TarHeader;
import dev.hardwire.container.archive.TarReader;
import dev.hardwire.input.InputFile;
import dev.hardwire.os.Descriptor;
import dev.hardwire.os.Kernel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An image in a tar archive that is not compressed: where each file lies in it. */
final class ArchiveStore implements Store {
  private static final int MOST_FILES = 100_000;

  /** Bytes of the names and attributes of all files. */
  private static final long MOST_TEXT = 64 << 20;

  /**
   * Where an entry lies.
   *
   * @param start of its headers, offset in bytes
   * @param offset of its content
   */
  record Extent(TarHeader header, long start, long offset) {
    /** The end of its last block. */
    long end() {
      return (offset + header.size() + TarReader.BLOCK - 1) & -TarReader.BLOCK;
    }
  }

  private final Path path;
  private final InputFile input;
  private final List<Extent> entries = new ArrayList<>();
  private final Map<String, Extent> files = new LinkedHashMap<>();

  private ArchiveStore(Path path, InputFile input) {
    this.path = path;
    this.input = input;
  }

  /**
   * Reads the headers of an archive.
   *
   * @param input is closed with it, and also if it is damaged
   */
  static ArchiveStore of(Path path, InputFile input) throws IOException {
    ArchiveStore store = new ArchiveStore(path, input);
    boolean isRead = false;
    try {
      store.index();
      isRead = true;
      return store;
    } finally {
      if (!isRead) {
        store.close();
      }
    }
  }

  private void index() throws IOException {
    TarReader reader = new TarReader(new FileRange(input.bytes()), path.toString());
    long start = 0;
    long texts = 0;
    for (Optional<TarHeader> next = reader.next(); next.isPresent(); next = reader.next()) {
      TarHeader header = next.get();
      String place = path + ": " + TarHeader.shown(header.name());
      ContainerException.require(
          entries.size() < MOST_FILES, path.toString(), "more than 100,000 files");
      texts += header.textLength();
      ContainerException.require(
          texts <= MOST_TEXT, path.toString(), "more than 64 MiB of names and attributes");
      Extent extent = new Extent(header, start, reader.position());
      start = extent.end();
      entries.add(extent);
      if (header.type() == EntryType.DIRECTORY) {
        continue;
      }
      ContainerException.require(
          header.type() == EntryType.FILE || header.type() == EntryType.SYMBOLIC_LINK,
          place,
          "neither a file nor a symbolic link");
      ContainerException.require(
          files.put(header.name(), extent) == null, place, "the archive has this file twice");
    }
    long size = input.bytes().size();
    for (Extent extent : files.values()) {
      ContainerException.require(
          extent.offset() + extent.header().size() <= size, path.toString(), "ends early");
    }
  }

  @Override
  public Path path() {
    return path;
  }

  /** The archive, which was opened once. */
  InputFile input() {
    return input;
  }

  @Override
  public Collection<String> names() {
    return Collections.unmodifiableCollection(files.keySet());
  }

  /** All entries, with directories, in their order. */
  List<Extent> entries() {
    return Collections.unmodifiableList(entries);
  }

  @Override
  public boolean has(String name) throws IOException {
    return files.containsKey(name);
  }

  /** The file, or the one that a symbolic link in Docker's archives leads to. */
  private Extent extent(String name) throws IOException {
    Extent extent = files.get(name);
    if (extent != null && extent.header().type() == EntryType.SYMBOLIC_LINK) {
      extent = files.get(target(name, extent.header().link()));
    }
    if (extent == null || extent.header().type() != EntryType.FILE) {
      throw new ContainerException(path + ": " + name, "the image has no such file");
    }
    return extent;
  }

  private String target(String name, String link) throws IOException {
    String directory = ArchiveNames.parent(name);
    String rest = link;
    while (rest.startsWith("../") && !directory.isEmpty()) {
      directory = ArchiveNames.parent(directory);
      rest = rest.substring(3);
    }
    return ArchiveNames.checked(ArchiveNames.in(directory, rest), path + ": " + name);
  }

  @Override
  public long size(String name) throws IOException {
    return extent(name).header().size();
  }

  @Override
  public String resolved(String name) throws IOException {
    return extent(name).header().name();
  }

  @Override
  public StoredFile open(String name) throws IOException {
    Extent extent = extent(name);
    long size = extent.header().size();
    Optional<Bytes> unread = input.file().map(FileBytes::bytes); // has no blocks in memory yet
    Optional<Descriptor> file =
        unread.isPresent() && Kernel.isAvailable()
            ? Optional.of(input.source().descriptor())
            : Optional.empty();
    Bytes all = unread.orElseGet(input::bytes);
    return new StoredFile(
        new FileRange(all.slice(extent.offset(), size)), file, extent.offset(), size);
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
