package dev.hardwire.container;

import dev.hardwire.container.ImageFiles.Node;
import dev.hardwire.container.archive.ArchiveNames;
import dev.hardwire.container.archive.Compression;
import dev.hardwire.container.archive.DigestingOutput;
import dev.hardwire.container.archive.TarCopy;
import dev.hardwire.container.archive.TarWriter;
import dev.hardwire.output.WorkFolder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a layer with changed files. Each has the mode, owner, time and attributes of the file that
 * it replaces, and all its names; the directories that lead there are entries, too, since some
 * programs give those that are missing other attributes.
 */
final class LayerBuilder {
  private final ImageFiles files;

  LayerBuilder(ImageFiles files) {
    this.files = files;
  }

  /**
   * A layer that was written.
   *
   * @param file where it is
   * @param digest of the file
   * @param size of the file in bytes
   * @param diffId digest of the archive in it
   */
  record Built(Path file, String digest, long size, String diffId) {}

  /**
   * A layer of an image that is written anew.
   *
   * @param index which layer it replaces, counted from 0, the lowest; the number of layers if it is
   *     put on top of them
   */
  record Change(int index, Compression compression, Built built) {}

  /**
   * Writes a layer.
   *
   * @param changed new contents
   */
  Built write(Map<Content, Path> changed, Compression compression, Path target) throws IOException {
    Map<String, Node> entries = entries(changed);
    return write(
        compression,
        target,
        out -> {
          TarWriter writer = new TarWriter(out);
          Map<Content, String> written = new HashMap<>();
          for (Map.Entry<String, Node> entry : entries.entrySet()) {
            write(writer, entry.getKey(), entry.getValue(), changed, written);
          }
          writer.finish();
        });
  }

  /** Writes an archive. */
  private interface Archive {
    void write(OutputStream out) throws IOException;
  }

  private static Built write(Compression compression, Path target, Archive archive)
      throws IOException {
    DigestingOutput stored = new DigestingOutput(WorkFolder.create(target));
    DigestingOutput unpacked;
    try (stored) {
      unpacked = new DigestingOutput(compression.create(stored));
      try (OutputStream buffered = new BufferedOutputStream(unpacked, 1 << 16)) {
        archive.write(buffered);
      }
    }
    return new Built(target, stored.text(), stored.count(), unpacked.text());
  }

  /**
   * Writes a layer again, with changed files in it. All else stays as it is.
   *
   * @param number of the layer, counted from 0
   * @param changed new contents, also of other layers
   */
  static Change rewrite(ImageLayer layer, int number, Map<Content, Path> changed, Path target)
      throws IOException {
    Map<Integer, Path> own = new HashMap<>();
    changed.forEach(
        (content, file) -> {
          if (content.layer() == number) {
            own.put(content.position(), file);
          }
        });
    List<Change> result = new ArrayList<>();
    layer.open(
        (archive, compression) -> {
          Built built =
              write(
                  compression,
                  target,
                  out ->
                      TarCopy.copy(
                          archive,
                          out,
                          layer.place(),
                          own.size(),
                          (header, position) -> own.get(position)));
          result.add(new Change(number, compression, built));
        });
    return result.get(0);
  }

  private Map<String, Node> entries(Map<Content, Path> changed) {
    Map<String, Node> entries = new TreeMap<>();
    files
        .nodes()
        .forEach(
            (name, node) -> {
              if (node.content().isPresent() && changed.containsKey(node.content().get())) {
                entries.put(name, node);
                addDirectories(entries, name);
              }
            });
    return entries;
  }

  private void addDirectories(Map<String, Node> entries, String name) {
    for (String at = ArchiveNames.parent(name); !at.isEmpty(); at = ArchiveNames.parent(at)) {
      Node node = files.nodes().get(at);
      if (node != null) {
        entries.put(at, node);
      }
    }
  }

  private static void write(
      TarWriter writer,
      String name,
      Node node,
      Map<Content, Path> changed,
      Map<Content, String> written)
      throws IOException {
    if (node.content().isEmpty()) {
      writer.addHeader(node.header());
      return;
    }
    Content content = node.content().get();
    String first = written.putIfAbsent(content, name);
    if (first != null) {
      writer.addHeader(node.header().asLinkTo(first));
      return;
    }
    Path file = changed.get(content);
    try (InputStream in = WorkFolder.open(file)) {
      writer.add(node.header().withSize(Files.size(file)), in);
    }
  }
}
