package dev.hardwire.container;

import dev.hardwire.bytes.Digests;
import dev.hardwire.container.ImageFiles.Content;
import dev.hardwire.container.ImageFiles.Node;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
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
   * Writes a layer.
   *
   * @param changed new contents
   */
  Built write(Map<Content, Path> changed, Compression compression, Path target) throws IOException {
    Map<String, Node> entries = entries(changed);
    Digesting stored = new Digesting(Files.newOutputStream(target));
    Digesting archive;
    try (stored) {
      archive = new Digesting(compression.create(stored));
      try (OutputStream buffered = new BufferedOutputStream(archive, 1 << 16)) {
        TarWriter writer = new TarWriter(buffered);
        Map<Content, String> written = new HashMap<>();
        for (Map.Entry<String, Node> entry : entries.entrySet()) {
          write(writer, entry.getKey(), entry.getValue(), changed, written);
        }
        writer.finish();
      }
    }
    return new Built(target, stored.text(), stored.count, archive.text());
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
    for (String at = Names.parent(name); !at.isEmpty(); at = Names.parent(at)) {
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
    try (InputStream in = Files.newInputStream(file)) {
      writer.add(node.header().withSize(Files.size(file)), in);
    }
  }

  /** Computes the digest of what is written. */
  private static final class Digesting extends FilterOutputStream {
    private final MessageDigest digest = Digests.sha256();
    private boolean closed;
    private long count;

    Digesting(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int octet) throws IOException {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      out.write(from, offset, length);
      digest.update(from, offset, length);
      count += length;
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        closed = true;
        super.close();
      }
    }

    String text() {
      return CheckedBlob.text(digest);
    }
  }
}
