package dev.hardwire.container;

import dev.hardwire.container.ProgramArchive.Program;
import dev.hardwire.container.archive.ArchiveNames;
import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.Contents;
import dev.hardwire.container.archive.EntryType;
import dev.hardwire.container.archive.TarHeader;
import dev.hardwire.container.archive.TarReader;
import dev.hardwire.output.WorkFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The files that the layers of an image make, one upon the other (OCI image specification,
 * layer.md). Executables are copied into a folder while the layers are read.
 */
public final class ImageFiles {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final int MOST_ENTRIES = 500_000;
  private static final int MOST_LINKS = 40;

  /** Bytes of the names and attributes of all entries. */
  private static final long MOST_TEXT = 64 << 20;

  private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};

  /** What the dynamic linkers of glibc and musl read to find libraries. */
  private static final Pattern SETTINGS =
      Pattern.compile("etc/(?:ld\\.so\\.conf(?:\\.d/[^/]+)?|ld-musl-[^/]+\\.path)");

  /** Bytes of one of these files. */
  private static final int LONGEST_SETTINGS = 1 << 16;

  /** Bytes of all executables of an image. */
  private static final long MOST_COPIED = 1L << 35;

  /**
   * A file, directory or link.
   *
   * @param content of a file; empty for the others
   */
  public record Node(TarHeader header, int layer, Optional<Content> content) {}

  private final WorkFolder work;
  private final boolean hasWhiteouts;
  private final NavigableMap<String, Node> nodes = new TreeMap<>();
  private final Map<Path, Content> copies = new HashMap<>();
  private final PackageLists lists = new PackageLists();

  /** The settings of dynamic linkers, by the names that they had when they were read. */
  private final Map<String, byte[]> settings = new HashMap<>();

  private long entries;
  private int position;
  private long copied;
  private long texts;

  /**
   * No files.
   *
   * @param hasWhiteouts whether names that begin with {@code .wh.} delete files of lower layers
   */
  public ImageFiles(WorkFolder work, boolean hasWhiteouts) {
    this.work = work;
    this.hasWhiteouts = hasWhiteouts;
  }

  public void read(InputStream archive, String place) throws IOException {
    TarReader reader = new TarReader(archive, place);
    position = 0;
    for (Optional<TarHeader> next = reader.next(); next.isPresent(); next = reader.next()) {
      add(next.get(), reader, 0, place);
    }
  }

  /** Reads layers, the lowest first, or what a cache has of them. */
  public void read(List<ImageLayer> layers, Optional<LayerCache> cache) throws IOException {
    for (int i = 0; i < layers.size(); i++) {
      ImageLayer layer = layers.get(i);
      int number = i;
      position = 0;
      ImageLayer.Visitor visitor = (header, reader) -> add(header, reader, number, layer.place());
      if (cache.isPresent()) {
        cache.get().read(layer, work, visitor);
      } else {
        layer.read(visitor);
      }
    }
    lists.finish(nodes);
  }

  private void add(TarHeader header, Contents reader, int layer, String place) throws IOException {
    ContainerException.require(++entries <= MOST_ENTRIES, place, "more than 500,000 entries");
    int own = position++;
    texts += header.textLength();
    ContainerException.require(
        texts <= MOST_TEXT, place, "more than 64 MiB of names and attributes");
    if (header.name().isEmpty()) {
      return; // the root
    }
    String shown = TarHeader.shown(header.name());
    String last = ArchiveNames.last(header.name());
    String directory = resolve(ArchiveNames.parent(header.name()), layer, place);
    requireDirectory(directory, shown, place);
    if (hasWhiteouts && last.equals(OPAQUE)) {
      ContainerException.require(
          !directory.isEmpty(), place, shown + ": overlayfs ignores an opaque root directory");
      removeBelow(directory, layer);
    } else if (hasWhiteouts && last.startsWith(WHITEOUT)) {
      String hidden = last.substring(WHITEOUT.length());
      ContainerException.require(
          !hidden.matches("\\.{0,2}"), place, shown + ": a whiteout that names no file");
      removeLower(ArchiveNames.in(directory, hidden), layer);
    } else {
      put(header.named(ArchiveNames.in(directory, last)), reader, layer, own, place);
    }
  }

  /** Refuses an entry below a file: some programs would replace the file, others fail. */
  private void requireDirectory(String directory, String shown, String place) throws IOException {
    for (String at = directory; !at.isEmpty(); at = ArchiveNames.parent(at)) {
      Node node = nodes.get(at);
      ContainerException.require(
          node == null || node.header().type() == EntryType.DIRECTORY,
          place,
          shown + ": lies below " + TarHeader.shown(at) + ", which is no directory");
    }
  }

  private void put(TarHeader header, Contents reader, int layer, int own, String place)
      throws IOException {
    String name = header.name();
    Node existing = nodes.get(name);
    boolean merges =
        header.type() == EntryType.DIRECTORY
            && existing != null
            && existing.header().type() == EntryType.DIRECTORY;
    ContainerException.require(
        hasWhiteouts || existing == null || merges,
        place,
        TarHeader.shown(name) + ": the archive has this file twice");
    ContainerException.require(
        hasWhiteouts
            || header.type() == EntryType.DIRECTORY
            || nodes.subMap(name + "/", name + "0").isEmpty(),
        place,
        TarHeader.shown(name) + ": other files lie below it, but it is no directory");
    if (header.type() != EntryType.DIRECTORY || (existing != null && !merges)) {
      removeBelow(name, Integer.MAX_VALUE);
    }
    if (header.type() == EntryType.HARD_LINK) {
      Node target = nodes.get(target(header, layer, place));
      ContainerException.require(
          target != null && target.content().isPresent(),
          place,
          TarHeader.shown(name) + ": a hard link to a file that does not exist");
      nodes.put(name, new Node(target.header().named(name), layer, target.content()));
      return;
    }
    Optional<Content> content =
        header.type() == EntryType.FILE
            ? Optional.of(new Content(header.name(), layer, own, copy(header, reader, place)))
            : Optional.empty();
    content.ifPresent(one -> one.copy().ifPresent(copy -> copies.put(copy, one)));
    nodes.put(name, new Node(header, layer, content));
  }

  private String target(TarHeader link, int layer, String place) throws IOException {
    String name = ArchiveNames.checked(link.link(), place);
    return ArchiveNames.in(
        resolve(ArchiveNames.parent(name), layer, place), ArchiveNames.last(name));
  }

  /** Copies a file that begins like an ELF file. */
  private Optional<Path> copy(TarHeader header, Contents reader, String place) throws IOException {
    byte[] start = new byte[MAGIC.length];
    int count = reader.read(start, 0, start.length);
    if (!Arrays.equals(start, MAGIC)) {
      byte[] read = Arrays.copyOf(start, count);
      if (SETTINGS.matcher(header.name()).matches()) {
        settings.put(header.name(), settings(read, header, reader, place));
      } else if (hasWhiteouts) {
        lists.add(header, read, reader, place);
      }
      return Optional.empty();
    }
    copied += header.size();
    ContainerException.require(
        copied <= MOST_COPIED, place, "the image has more than 32 GiB of executables");
    Path copy = work.newFile();
    try (OutputStream out = WorkFolder.create(copy)) {
      out.write(start);
      reader.transferTo(out, header.size());
    }
    return Optional.of(copy);
  }

  private static byte[] settings(byte[] start, TarHeader header, Contents reader, String place)
      throws IOException {
    ContainerException.require(
        header.size() <= LONGEST_SETTINGS,
        place,
        TarHeader.shown(header.name()) + ": settings of the dynamic linker of more than 64 KiB");
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.writeBytes(start);
    reader.transferTo(content, header.size());
    return content.toByteArray();
  }

  /**
   * Makes the file system below a directory, as far as a dynamic linker looks at it: directories,
   * links, executables and its settings. Links are made last, so no file is put through one.
   *
   * @param root on the file system of the folder for temporary files
   */
  void extract(Path root) throws IOException {
    WorkFolder.makeDirectories(root);
    for (Map.Entry<String, Node> entry : nodes.entrySet()) {
      Optional<Path> path = path(entry.getKey()).map(root::resolve);
      if (path.isPresent()) {
        extract(entry.getKey(), entry.getValue(), path.get());
      }
    }
    for (Map.Entry<String, Node> entry : nodes.entrySet()) {
      TarHeader header = entry.getValue().header();
      boolean isLink = header.type() == EntryType.SYMBOLIC_LINK;
      Optional<Path> path = isLink ? path(entry.getKey()).map(root::resolve) : Optional.empty();
      Optional<Path> target = path.isPresent() ? path(header.link()) : Optional.empty();
      if (target.isPresent()) {
        WorkFolder.makeDirectories(path.get().getParent());
        WorkFolder.linkSymbolically(path.get(), target.get());
      }
    }
  }

  private void extract(String name, Node node, Path path) throws IOException {
    byte[] text = node.content().isPresent() ? settings.get(name) : null;
    Optional<Path> copy = node.content().flatMap(Content::copy);
    if (node.header().type() == EntryType.DIRECTORY) {
      WorkFolder.makeDirectories(path);
    } else if (copy.isPresent() || text != null) {
      WorkFolder.makeDirectories(path.getParent());
    }
    if (copy.isPresent()) {
      WorkFolder.link(copy.get(), path);
    } else if (text != null) {
      try (OutputStream out = WorkFolder.create(path)) {
        out.write(text);
      }
    }
  }

  /**
   * A name, whose octets are held as ISO 8859-1, as Java names files; empty if it is not UTF-8, or
   * if the environment's encoding lacks it. Nothing finds such a file then. Different names stay
   * different: if one of a link became that of a directory, files would be put behind the link.
   */
  private static Optional<Path> path(String octets) {
    ByteBuffer bytes = ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1));
    try {
      return Optional.of(Path.of(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString()));
    } catch (CharacterCodingException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  /**
   * Follows the symbolic links in the path of a directory.
   *
   * @param lowest the lowest layer whose links may be followed: programs that unpack each layer
   *     into a directory of its own (for overlayfs) do not see those of other layers
   */
  private String resolve(String directory, int lowest, String place) throws IOException {
    String name = directory;
    for (int links = 0; links < MOST_LINKS; links++) {
      Optional<String> link = firstLink(name);
      if (link.isEmpty()) {
        return name;
      }
      String at = link.get();
      ContainerException.require(
          nodes.get(at).layer() >= lowest,
          place,
          TarHeader.shown(directory) + ": leads through a symbolic link of a lower layer");
      String target = nodes.get(at).header().link();
      String base = target.startsWith("/") ? "" : ArchiveNames.parent(at);
      name = join(base, target + "/" + name.substring(Math.min(name.length(), at.length() + 1)));
    }
    throw new ContainerException(
        place, TarHeader.shown(directory) + ": more than 40 symbolic links");
  }

  /** The first part of a path that is a symbolic link. */
  private Optional<String> firstLink(String name) {
    for (int end = 0; end >= 0 && !name.isEmpty(); ) {
      end = name.indexOf('/', end + 1);
      String part = end < 0 ? name : name.substring(0, end);
      Node node = nodes.get(part);
      if (node != null && node.header().type() == EntryType.SYMBOLIC_LINK) {
        return Optional.of(part);
      }
    }
    return Optional.empty();
  }

  /** Joins a target to a directory; {@code ..} at the root stays there, as in chroot(2). */
  private static String join(String directory, String target) {
    List<String> parts = new ArrayList<>();
    for (String part : (directory + "/" + target).split("/", -1)) {
      if (part.equals("..") && !parts.isEmpty()) {
        parts.remove(parts.size() - 1);
      } else if (!part.isEmpty() && !part.equals(".") && !part.equals("..")) {
        parts.add(part);
      }
    }
    return String.join("/", parts);
  }

  private void removeLower(String name, int layer) {
    Node node = nodes.get(name);
    if (node != null && node.layer() < layer) {
      nodes.remove(name);
    }
    removeBelow(name, layer);
  }

  /** Removes what lower layers have in a directory. */
  private void removeBelow(String directory, int layer) {
    (directory.isEmpty() ? nodes : nodes.subMap(directory + "/", directory + "0"))
        .values()
        .removeIf(node -> node.layer() < layer);
  }

  public List<Program> programs() {
    Map<Content, List<String>> names = new LinkedHashMap<>();
    for (Map.Entry<String, Node> entry : nodes.entrySet()) {
      Optional<Content> content = entry.getValue().content();
      if (content.isPresent() && content.get().copy().isPresent()) {
        names.computeIfAbsent(content.get(), key -> new ArrayList<>()).add(entry.getKey());
      }
    }
    List<Program> programs = new ArrayList<>();
    names.forEach(
        (content, octets) -> {
          List<String> paths = octets.stream().map(TarHeader::shown).toList();
          programs.add(
              new Program(paths.get(0), paths, content.copy().orElseThrow(), content.layer()));
        });
    return programs;
  }

  Optional<String> packageOf(Program program) {
    return lists.ownerOf(program.names());
  }

  public Content contentOf(Program program) {
    return Objects.requireNonNull(copies.get(program.copy()));
  }

  public List<String> namesOf(String entry) {
    return nodes.entrySet().stream()
        .filter(
            node ->
                node.getValue()
                    .content()
                    .map(content -> content.entry().equals(entry))
                    .orElse(false))
        .map(Map.Entry::getKey)
        .toList();
  }

  public Map<String, Node> nodes() {
    return nodes;
  }

  /** The file that a path in the image leads to; symbolic links are followed. */
  Optional<String> find(String path, String place) throws IOException {
    String name = resolve(join("", path), 0, place);
    return nodes.containsKey(name) ? Optional.of(name) : Optional.empty();
  }
}
