package dev.hardwire.container;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.container.archive.EntryType;
import dev.hardwire.container.archive.TarHeader;
import dev.hardwire.container.archive.TarReader;
import dev.hardwire.container.archive.TarWriter;
import dev.hardwire.os.Directory;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.output.DirectoryUpdate;
import dev.hardwire.output.NewDirectory;
import dev.hardwire.output.WorkFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Writes an image whose programs were replaced, in the form of the one that was read. */
public final class ContainerWriter {
  private ContainerWriter() {}

  /**
   * How an image is written.
   *
   * @param tool name and version of what changes it
   * @param intoTheirLayers whether programs are put into the layers that have them, and not into a
   *     new one
   * @param attester makes the attestations that are attached
   */
  public record Request(String tool, boolean intoTheirLayers, Attester attester) {}

  /**
   * Writes an image whole or not at all.
   *
   * @param target a file or a directory of the same form; it may be the input
   * @return the tags of attestations
   */
  public static List<String> write(
      Container container, WorkFolder work, Path target, Request request) throws IOException {
    try (ImageRewriter rewriter = new ImageRewriter(container, work, request)) {
      ImageRewriter.Result result = rewriter.rewrite();
      write(container, target, result);
      return result.tags();
    }
  }

  private static void write(Container container, Path target, ImageRewriter.Result result)
      throws IOException {
    if (container.store() instanceof ArchiveStore archive) {
      Bytes base = archive.input().bytes();
      AtomicFile.writeResult(target, archive(archive, base, result), archive.input().source());
    } else if (container.store() instanceof DirectoryStore layout) {
      if (isAt(target, layout)) {
        addTo(layout, result);
      } else {
        writeNew(layout, target, result);
      }
    }
  }

  private static boolean isAt(Path target, DirectoryStore layout) throws IOException {
    if (!Files.isDirectory(target)) {
      return false;
    }
    try (Directory found = Directory.open(target)) {
      return found.status().isSameFile(layout.directory().status());
    }
  }

  /** The archive, with changed documents in their places and new files behind the others. */
  private static Bytes archive(ArchiveStore archive, Bytes base, ImageRewriter.Result result)
      throws IOException {
    List<Bytes> parts = new ArrayList<>();
    Map<String, Bytes> left = new LinkedHashMap<>(result.files());
    Set<String> dropped = result.use().dropped();
    long from = 0;
    long to = 0;
    for (ArchiveStore.Extent extent : archive.entries()) {
      String name = extent.header().name();
      Bytes changed = left.remove(name);
      if (changed != null || dropped.contains(name)) {
        parts.add(base.slice(from, to - from));
        from = extent.end();
        if (changed != null) {
          addEntry(parts, extent.header(), changed);
        }
      }
      to = extent.end();
    }
    parts.add(base.slice(from, to - from));
    for (Map.Entry<String, Bytes> file : left.entrySet()) {
      addEntry(parts, newFile(file.getKey()), file.getValue());
    }
    parts.add(Bytes.zeros(2L * TarReader.BLOCK));
    return Bytes.concat(parts);
  }

  private static TarHeader newFile(String name) {
    return new TarHeader(name, EntryType.FILE, 0644, 0, 0, 0, 0, "", "", "", Map.of());
  }

  private static void addEntry(List<Bytes> parts, TarHeader header, Bytes content)
      throws IOException {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    new TarWriter(encoded).addHeader(header.withSize(content.size()));
    parts.add(Bytes.wrap(encoded.toByteArray()));
    parts.add(content);
    parts.add(Bytes.zeros(-content.size() & (TarReader.BLOCK - 1)));
  }

  /** Adds blobs to a layout, and then replaces its index. */
  private static void addTo(DirectoryStore layout, ImageRewriter.Result result) throws IOException {
    layout.requireReplaceable();
    Map<String, Bytes> files = new LinkedHashMap<>(result.files());
    Bytes index = files.remove(Container.INDEX);
    Optional<Bytes> docker = Optional.ofNullable(files.remove(Container.DOCKER));
    try (DirectoryUpdate update =
        DirectoryUpdate.begin(layout.directory(), layout.path(), layout.opened(Container.INDEX))) {
      update.requireUnchanged(layout.opened(Container.INDEX));
      if (docker.isPresent()) {
        update.requireUnchanged(layout.opened(Container.DOCKER));
      }
      for (Map.Entry<String, Bytes> file : files.entrySet()) {
        update.add(file.getKey(), file.getValue());
      }
      update.replace(layout.opened(Container.INDEX), index);
      update.finish(); // what Docker's list names stays there, whether it is old or new
      if (docker.isPresent()) {
        update.replace(layout.opened(Container.DOCKER), docker.get());
      }
    }
  }

  private static void writeNew(DirectoryStore store, Path target, ImageRewriter.Result result)
      throws IOException {
    Set<String> names = new HashSet<>(store.names());
    names.removeAll(result.use().dropped());
    names.removeAll(result.files().keySet());
    try (NewDirectory directory = NewDirectory.begin(target, store.directory())) {
      for (String name : names) {
        try (InputStream in = store.open(name)) {
          directory.add(name, in);
        }
      }
      for (Map.Entry<String, Bytes> entry : result.files().entrySet()) {
        directory.add(entry.getKey(), entry.getValue());
      }
      directory.publish();
    }
  }
}
