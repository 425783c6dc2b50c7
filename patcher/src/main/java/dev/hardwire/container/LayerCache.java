package dev.hardwire.container;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.Contents;
import dev.hardwire.container.archive.EntryType;
import dev.hardwire.container.archive.FileRange;
import dev.hardwire.container.archive.TarHeader;
import dev.hardwire.os.ContentMarks;
import dev.hardwire.output.CacheFolder;
import dev.hardwire.output.WorkFolder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was read of layers, by their digests, in a {@link CacheFolder} of the user: the headers of
 * all entries, and the contents that were looked at, that is executables and lists of packages. So
 * a layer that was read once is not unpacked again. Its digest is checked, unless that was done
 * before, and its file has not changed since.
 *
 * <p>An entry is named by the SHA-256 of everything that it depends on, the version of the program
 * too. An executable has an entry of its own, whose name is its digest, and counts only if it has
 * that digest.
 */
public final class LayerCache {
  /** Bytes of all entries together. */
  private static final long MOST = 2L << 30;

  /** What is kept in the list of a layer; longer contents are files. */
  private static final int LONGEST_INSIDE = 1 << 16;

  private final CacheFolder folder;
  private final String version;
  private final ContentMarks marks;

  /**
   * A cache.
   *
   * @param folder which is made when something is written
   * @param version of the program: only what the same one wrote is read
   */
  public LayerCache(Path folder, String version) {
    this(folder, version, new ContentMarks());
  }

  LayerCache(Path folder, String version, ContentMarks marks) {
    this.folder = new CacheFolder(folder, MOST);
    this.version = version;
    this.marks = marks;
  }

  /** The folder {@code hardwire-layers} in the user's cache, if there is one. */
  public static Optional<LayerCache> ofUser() {
    return CacheFolder.ofUser("hardwire-layers")
        .map(place -> new LayerCache(place.folder(), place.version()));
  }

  /**
   * An entry of a layer.
   *
   * @param start what was read of its content, unless that is a file
   * @param file the digest of its content; empty if it is no file
   */
  private record Item(TarHeader header, Bytes start, String file) {}

  /** Visits the entries of a layer, which is unpacked only if it was not before. */
  void read(ImageLayer layer, WorkFolder work, ImageLayer.Visitor visitor) throws IOException {
    try (StoredFile stored = layer.open()) {
      read(layer, stored, work, visitor);
    }
  }

  private void read(
      ImageLayer layer, StoredFile stored, WorkFolder work, ImageLayer.Visitor visitor)
      throws IOException {
    String name = name(layer);
    KnownBlob blob = new KnownBlob(stored, marks, folder, name + ".blobs");
    boolean canBeChecked = layer.digest().isPresent();
    if (!canBeChecked && !blob.hasMark()) {
      layer.read(stored, visitor);
      return;
    }
    Optional<byte[]> known =
        canBeChecked || blob.isChecked() ? folder.read(name + ".layer") : Optional.empty();
    Map<String, FileBytes> files = new HashMap<>();
    try {
      List<Item> items = known.isPresent() ? items(known.get()) : List.of();
      if (known.isPresent() && open(items, files)) {
        if (!blob.isChecked()) {
          layer.check(stored); // whoever made the image may have put another blob under its digest
          blob.setChecked();
        }
        for (Item item : items) {
          FileBytes file = files.get(item.file());
          visitor.visit(
              item.header(), contents(new FileRange(file == null ? item.start() : file.bytes())));
        }
        return;
      }
    } finally {
      for (FileBytes file : files.values()) {
        file.close();
      }
    }
    Recorder recorder = new Recorder(work, visitor);
    layer.read(stored, recorder);
    folder.write(name + ".layer", recorder.list.toByteArray());
    blob.setChecked();
    folder.trim();
  }

  /** The name of a layer's entries. */
  private String name(ImageLayer layer) {
    String text =
        String.join(
            "\n",
            version,
            layer.digest().orElse(""),
            String.valueOf(layer.size()),
            layer.compression().toString(),
            layer.diffId(),
            layer.limit().toString());
    return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)).sha256().hex();
  }

  private static Contents contents(InputStream in) {
    return in::readNBytes;
  }

  /** Opens the files that a list names; false if one is not there, or damaged. */
  private boolean open(List<Item> items, Map<String, FileBytes> files) {
    for (Item item : items) {
      if (!item.file().isEmpty() && !files.containsKey(item.file())) {
        Optional<FileBytes> file = folder.open(item.file() + ".program");
        if (file.isEmpty()) {
          return false;
        }
        files.put(item.file(), file.get());
        if (!file.get().bytes().sha256().hex().equals(item.file())) {
          return false;
        }
      }
    }
    return true;
  }

  /** Remembers what a visitor reads. */
  private final class Recorder implements ImageLayer.Visitor {
    private final WorkFolder work;
    private final ImageLayer.Visitor visitor;
    private final ByteArrayOutputStream list = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(list);

    Recorder(WorkFolder work, ImageLayer.Visitor visitor) {
      this.work = work;
      this.visitor = visitor;
    }

    @Override
    public void visit(TarHeader header, Contents reader) throws IOException {
      ByteArrayOutputStream start = new ByteArrayOutputStream();
      Path copy = work.newFile();
      boolean isFile = false;
      try (Copied copied = new Copied(reader, start, copy)) {
        visitor.visit(header, copied);
        isFile = copied.file != null;
      }
      String digest = "";
      if (isFile) {
        try (FileBytes file = FileBytes.open(copy)) {
          digest = file.bytes().sha256().hex();
          folder.write(digest + ".program", file);
        }
      }
      write(out, new Item(header, Bytes.wrap(start.toByteArray()), digest));
    }
  }

  /** Copies what is read; long contents into a file. */
  private static final class Copied implements Contents, AutoCloseable {
    private final Contents reader;
    private final ByteArrayOutputStream start;
    private final Path copy;
    private OutputStream file;

    Copied(Contents reader, ByteArrayOutputStream start, Path copy) {
      this.reader = reader;
      this.start = start;
      this.copy = copy;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int count = reader.read(into, offset, length);
      if (file == null && start.size() + count > LONGEST_INSIDE) {
        file = WorkFolder.create(copy);
        start.writeTo(file);
        start.reset();
      }
      if (count > 0) {
        (file == null ? start : file).write(into, offset, count);
      }
      return count;
    }

    @Override
    public void close() throws IOException {
      if (file != null) {
        file.close();
      }
    }
  }

  private static void write(DataOutputStream out, Item item) throws IOException {
    TarHeader header = item.header();
    text(out, header.name());
    text(out, header.type().name());
    out.writeInt(header.mode());
    for (long number : List.of(header.uid(), header.gid(), header.size(), header.modified())) {
      out.writeLong(number);
    }
    for (String text : List.of(header.link(), header.user(), header.group())) {
      text(out, text);
    }
    out.writeInt(header.pax().size());
    for (Map.Entry<String, String> attribute : header.pax().entrySet()) {
      text(out, attribute.getKey());
      text(out, attribute.getValue());
    }
    octets(out, item.start().toArray());
    text(out, item.file());
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    octets(out, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void octets(DataOutputStream out, byte[] octets) throws IOException {
    out.writeInt(octets.length);
    out.write(octets);
  }

  private static List<Item> items(byte[] content) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(content));
    List<Item> items = new ArrayList<>();
    while (in.available() > 0) {
      String name = text(in);
      EntryType type = EntryType.valueOf(text(in));
      int mode = in.readInt();
      long uid = in.readLong();
      long gid = in.readLong();
      long size = in.readLong();
      long modified = in.readLong();
      String link = text(in);
      String user = text(in);
      String group = text(in);
      Map<String, String> pax = new HashMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        String key = text(in);
        pax.put(key, text(in));
      }
      TarHeader header =
          new TarHeader(name, type, mode, uid, gid, size, modified, link, user, group, pax);
      items.add(new Item(header, Bytes.wrap(octets(in)), text(in)));
    }
    return items;
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(octets(in), StandardCharsets.UTF_8);
  }

  private static byte[] octets(DataInputStream in) throws IOException {
    int length = in.readInt();
    ContainerException.require(
        length >= 0 && length <= in.available(), "the cache of layers", "an entry is damaged");
    return in.readNBytes(length);
  }
}
