package dev.hardwire.container;

import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.UnpackLimit;
import dev.hardwire.input.InputFile;
import dev.hardwire.output.WorkFolder;
import dev.hardwire.trees.TreeEntry;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The executables in container images and packages, as entries like those of a directory: {@code
 * IMAGE:/usr/bin/x}, and in an index {@code IMAGE:linux/arm64:/usr/bin/x}.
 */
public final class ImagePrograms implements Closeable {
  /** Where a tar archive has its magic, and how long that is. */
  private static final int USTAR = 257;

  private static final int MAGIC = 5;

  /**
   * A program and where it belongs.
   *
   * @param image for one platform, or a package
   * @param file the image or package as it was given
   */
  private record Source(ProgramArchive image, Path file, ProgramArchive.Program program) {}

  /**
   * What containers start first.
   *
   * @param image tells the images apart; empty if there is only one
   * @param program empty if the image names no file in it
   * @param command all files that Entrypoint and Cmd name, {@link ContainerImage#command}
   */
  public record Start(
      String image,
      Optional<ContainerImage.EntryPoint> program,
      List<ContainerImage.EntryPoint> command) {}

  private final Map<Path, Source> sources = new HashMap<>();

  /** The names of all programs as people see them: in one normal form of Unicode. */
  private final Set<String> shown = new HashSet<>();

  private final List<Container> containers = new ArrayList<>();
  private final List<ProgramPackage> packages = new ArrayList<>();
  private final UnpackLimit limit;
  private final Optional<LayerCache> cache;
  private WorkFolder work;

  /**
   * No programs.
   *
   * @param limit of each layer, and of each member of a package
   */
  public ImagePrograms(UnpackLimit limit) {
    this(limit, Optional.empty());
  }

  /**
   * The same with a cache of layers, for images that are only read.
   *
   * @param limit of each layer, and of each member of a package
   */
  public ImagePrograms(UnpackLimit limit, Optional<LayerCache> cache) {
    this.limit = limit;
    this.cache = cache;
  }

  /** Whether a file or directory looks like an image or a package. */
  public static boolean isImage(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return Files.isRegularFile(path.resolve("oci-layout"));
    }
    return Files.isRegularFile(path)
        && InputFile.startsWith(path, USTAR + MAGIC, ImagePrograms::isArchive);
  }

  private static boolean isArchive(byte[] start) {
    boolean isTar =
        start.length == USTAR + MAGIC
            && start[0] != 0x7f
            && new String(start, USTAR, MAGIC, StandardCharsets.ISO_8859_1).equals("ustar");
    return isTar || isPackage(start);
  }

  /** Whether a file begins like a package. */
  public static boolean isPackage(byte[] start) {
    return DebPackage.is(start) || RpmPackage.is(start);
  }

  /** Opens an image or package, and copies its executables into a folder for temporary files. */
  public List<TreeEntry> add(Path path) throws IOException {
    if (work == null) {
      work = WorkFolder.make();
    }
    if (Files.isDirectory(path)) {
      return addImage(path, Container.open(path, limit));
    }
    InputFile input = InputFile.open(path);
    boolean isTaken = false;
    try {
      byte[] start = input.bytes().slice(0, Math.min(USTAR, input.bytes().size())).toArray();
      List<TreeEntry> entries;
      if (isPackage(start)) {
        ProgramPackage opened =
            RpmPackage.is(start)
                ? new RpmPackage(path, input, limit)
                : DebPackage.of(path, input, limit);
        packages.add(opened);
        isTaken = true;
        entries = entries(path, "", opened);
      } else {
        Container opened = Container.open(path, input, limit);
        isTaken = true;
        entries = addImage(path, opened);
      }
      return entries;
    } finally {
      if (!isTaken) {
        input.close();
      }
    }
  }

  private List<TreeEntry> entries(Path file, String label, ProgramArchive archive)
      throws IOException {
    String prefix = file + ":" + label;
    List<TreeEntry> entries = new ArrayList<>();
    for (ProgramArchive.Program program : archive.read(work)) {
      TreeEntry entry = entry(prefix, program);
      boolean isFirst =
          shown.add(Normalizer.normalize(entry.file().toString(), Normalizer.Form.NFC));
      if (!isFirst
          || sources.putIfAbsent(entry.file(), new Source(archive, file, program)) != null) {
        throw new ContainerException(
            entry.file().toString(), "two programs have this name, as it is displayed");
      }
      entries.add(entry);
    }
    return entries;
  }

  private List<TreeEntry> addImage(Path path, Container container) throws IOException {
    containers.add(container);
    List<TreeEntry> entries = new ArrayList<>();
    List<ContainerImage> images = container.images();
    for (ContainerImage image : images) {
      image.readThrough(cache);
      String label = images.size() == 1 ? "" : label(image, images) + ":";
      entries.addAll(entries(path, label, image));
    }
    return entries;
  }

  private static String label(ContainerImage image, List<ContainerImage> images) {
    long same = images.stream().filter(one -> one.platform().equals(image.platform())).count();
    String id = image.id().replaceFirst("^(sha256:|blobs/sha256/)", "");
    return same == 1
        ? image.platform()
        : image.platform() + "@" + id.substring(0, Math.min(id.length(), 12));
  }

  private static TreeEntry entry(String prefix, ProgramArchive.Program program) {
    List<TreeEntry> others = new ArrayList<>();
    for (String name : program.names().subList(1, program.names().size())) {
      others.add(entry(prefix, name, List.of(), program));
    }
    return entry(prefix, program.name(), others, program);
  }

  private static TreeEntry entry(
      String prefix, String name, List<TreeEntry> others, ProgramArchive.Program program) {
    return new TreeEntry(
        Path.of(prefix + "/" + name),
        Path.of(name),
        false,
        others,
        Optional.of(program.copy()),
        Optional.empty());
  }

  /**
   * Makes the file system of what was opened below a new directory: its directories, links,
   * executables and the settings of the dynamic linker.
   *
   * @param platform that is taken, if there are images for several
   * @return the directory, which is deleted with the rest
   */
  public Path extract(String platform) throws IOException {
    List<ProgramArchive> all = new ArrayList<>(packages);
    List<ContainerImage> images = images();
    images.stream()
        .filter(image -> images.size() == 1 || image.platform().equals(platform))
        .forEach(all::add);
    if (all.size() != 1) {
      throw new ContainerException(
          images.isEmpty() ? "the packages" : "the image",
          "%d of them are for %s, but one is needed".formatted(all.size(), platform));
    }
    Path directory = work.newFile();
    all.get(0).extract(directory);
    return directory;
  }

  public boolean contains(TreeEntry entry) {
    return sources.containsKey(entry.file());
  }

  /** Puts a file into the place of an entry's program when the image is written. */
  public void replace(TreeEntry entry, Path content) {
    Source source = sources.get(entry.file());
    synchronized (source.image()) {
      source.image().replace(source.program(), content);
    }
  }

  private Optional<Source> source(TreeEntry entry) {
    return Optional.ofNullable(sources.get(entry.file()));
  }

  /** The package of an entry's program, if the image or package says so. */
  public Optional<String> packageOf(TreeEntry entry) {
    return source(entry).flatMap(source -> source.image().packageOf(source.program()));
  }

  /** The image or package that has an entry's program; empty if it is in none. */
  public Optional<Path> fileOf(TreeEntry entry) {
    return source(entry).map(Source::file);
  }

  /** The layer of an image that has an entry's program; empty if it is in no image. */
  public Optional<String> layerOf(TreeEntry entry) {
    return source(entry).flatMap(source -> source.image().layerOf(source.program()));
  }

  /** Whether a package was opened, and not an image. */
  public boolean isPackage() {
    return !packages.isEmpty();
  }

  /** Whether an image was opened whose manifests have digests. */
  public boolean isOci() {
    return containers.stream().allMatch(Container::isOci);
  }

  /** The images that were opened, one for each platform. */
  public List<ContainerImage> images() {
    return containers.stream().flatMap(one -> one.images().stream()).toList();
  }

  /**
   * Writes the package that was opened, with what was replaced in it.
   *
   * @param suffix is appended to its version; if absent, the version is one that all updates
   *     replace
   * @return lines about what the package has lost
   */
  public List<String> writePackage(Path target, Optional<String> suffix) throws IOException {
    return packages.get(0).write(work, target, suffix);
  }

  /**
   * Writes the package that was opened, with originals of its programs, as it was before.
   *
   * @return lines about what the package has lost
   */
  public List<String> writeOriginalPackage(Path target) throws IOException {
    return packages.get(0).writeOriginal(work, target);
  }

  /**
   * Writes the image that was opened, with what was replaced in it.
   *
   * @return the tags of attestations
   */
  public List<String> writeImage(Path target, ContainerWriter.Request request) throws IOException {
    try {
      return ContainerWriter.write(containers.get(0), work, target, request);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) { // a stream does not know the name of its file
      throw new FileSystemException(target.toString(), null, e.getMessage());
    }
  }

  /** What the containers of each image start first. */
  public List<Start> starts() throws IOException {
    List<Start> starts = new ArrayList<>();
    for (Container container : containers) {
      List<ContainerImage> images = container.images();
      for (ContainerImage image : images) {
        String label = images.size() == 1 ? "" : label(image, images);
        starts.add(new Start(label, image.entryPoint(), image.command()));
      }
    }
    return starts;
  }

  public WorkFolder work() {
    return work;
  }

  @Override
  public void close() throws IOException {
    List<Closeable> all = new ArrayList<>(containers);
    all.addAll(packages);
    if (work != null) {
      all.add(work);
    }
    close(all);
  }

  /** Closes all, whether or not some fail. */
  private static void close(List<Closeable> all) throws IOException {
    if (!all.isEmpty()) {
      Closeable first = all.get(0);
      try (first) {
        close(all.subList(1, all.size()));
      }
    }
  }
}
