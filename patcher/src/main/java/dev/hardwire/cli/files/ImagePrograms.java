package dev.hardwire.cli.files;

import dev.hardwire.FoundFile;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.container.Container;
import dev.hardwire.container.ContainerImage;
import dev.hardwire.container.ContainerWriter;
import dev.hardwire.container.ProgramArchive;
import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.WorkFolder;
import dev.hardwire.container.deb.DebPackage;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.TreeEntry;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The executables in container images and Debian packages, as entries like those of a directory:
 * {@code IMAGE:/usr/bin/x}, and in an index {@code IMAGE:linux/arm64:/usr/bin/x}.
 */
public final class ImagePrograms implements Closeable {
  private static final int USTAR = 257;

  /**
   * A program and where it belongs.
   *
   * @param image for one platform, or a package
   */
  public record Source(ProgramArchive image, ProgramArchive.Program program) {}

  private final Map<Path, Source> sources = new HashMap<>();
  private final List<Container> containers = new ArrayList<>();
  private final List<DebPackage> packages = new ArrayList<>();
  private WorkFolder work;

  /** Whether a file or directory looks like an image or a package. */
  public static boolean isImage(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return Files.isRegularFile(path.resolve("oci-layout"));
    }
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(path)) {
      byte[] start = in.readNBytes(USTAR + 5);
      boolean isTar =
          start.length == USTAR + 5
              && start[0] != 0x7f
              && new String(start, USTAR, 5, StandardCharsets.ISO_8859_1).equals("ustar");
      return isTar || DebPackage.is(start);
    }
  }

  /** The files that a command works on: those that are named, in directories, and in images. */
  public FileTree.Listing list(TreeOptions options, List<Path> arguments, boolean trees)
      throws IOException {
    List<Path> files = new ArrayList<>();
    List<TreeEntry> entries = new ArrayList<>();
    for (Path argument : arguments) {
      if (trees && isImage(argument)) {
        add(argument).stream().filter(options::accepts).forEach(entries::add);
      } else {
        files.add(argument);
      }
    }
    if (entries.isEmpty() && files.size() == arguments.size()) {
      return options.list(files, Optional.empty(), trees);
    }
    FileTree.Listing listing =
        files.isEmpty()
            ? new FileTree.Listing(List.of(), 0, 0)
            : options.list(files, Optional.empty(), trees);
    entries.addAll(0, listing.entries());
    return new FileTree.Listing(entries, listing.links(), listing.special());
  }

  /** Opens an image or package, and copies its executables into a folder for temporary files. */
  public List<TreeEntry> add(Path path) throws IOException {
    if (work == null) {
      work = WorkFolder.make();
    }
    return isPackage(path) ? addPackage(path) : addImage(path);
  }

  private static boolean isPackage(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(path)) {
      return DebPackage.is(in.readNBytes(USTAR));
    }
  }

  private List<TreeEntry> addPackage(Path path) throws IOException {
    DebPackage opened = DebPackage.open(path);
    packages.add(opened);
    return entries(path + ":", opened);
  }

  private List<TreeEntry> entries(String prefix, ProgramArchive archive) throws IOException {
    List<TreeEntry> entries = new ArrayList<>();
    for (ProgramArchive.Program program : archive.read(work)) {
      TreeEntry entry = entry(prefix, program);
      if (sources.putIfAbsent(entry.file(), new Source(archive, program)) != null) {
        throw new ContainerException(
            entry.file().toString(), "two programs have this name, as it is displayed");
      }
      entries.add(entry);
    }
    return entries;
  }

  private List<TreeEntry> addImage(Path path) throws IOException {
    Container container = Container.open(path);
    containers.add(container);
    List<TreeEntry> entries = new ArrayList<>();
    List<ContainerImage> images = container.images();
    for (ContainerImage image : images) {
      String prefix = path + ":" + (images.size() == 1 ? "" : label(image, images) + ":");
      entries.addAll(entries(prefix, image));
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
      others.add(entry(prefix, name, List.of()));
    }
    return entry(prefix, program.name(), others);
  }

  private static TreeEntry entry(String prefix, String name, List<TreeEntry> others) {
    return new TreeEntry(
        Path.of(prefix + "/" + name), Path.of(name), false, others, Optional.empty());
  }

  /** The program of an entry; null if the entry is a file that is in no image. */
  public Source source(TreeEntry entry) {
    return sources.get(entry.file());
  }

  /** The Debian package of an entry's program, if the image or package says so. */
  public Optional<String> packageOf(TreeEntry entry) {
    Source source = sources.get(entry.file());
    return source == null ? Optional.empty() : source.image().packageOf(source.program());
  }

  /** A program of an image, or any other file, as the library takes it. */
  public FoundFile found(TreeEntry entry) {
    return FoundFiles.of(
        entry, Optional.ofNullable(sources.get(entry.file())).map(one -> one.program().copy()));
  }

  /** Opens a program of an image, or any other file. */
  public ProgramFile open(TreeEntry entry) throws IOException {
    Source source = sources.get(entry.file());
    return source == null
        ? ProgramFile.open(entry)
        : ProgramFile.open(entry, source.program().copy());
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
   * @param suffix is appended to its version
   */
  public void writePackage(Path target, String suffix) throws IOException {
    packages.get(0).write(work, target, suffix);
  }

  /**
   * Writes the image that was opened, with what was replaced in it.
   *
   * @return the tags of attestations
   */
  public List<String> writeImage(Path target, ContainerWriter.Request request) throws IOException {
    return ContainerWriter.write(containers.get(0), work, target, request);
  }

  /** Prints what containers start first, and whether it is hard-wired. */
  public void printEntryPoints(PrintWriter out) throws IOException {
    for (Container container : containers) {
      List<ContainerImage> images = container.images();
      for (ContainerImage image : images) {
        String label = images.size() == 1 ? "" : " of " + label(image, images);
        Optional<ContainerImage.EntryPoint> start = image.entryPoint();
        String text = start.isPresent() ? text(start.get()) : "the image names no file in it";
        out.println(TerminalText.of("entry point" + label + ": " + text));
      }
    }
  }

  private static String text(ContainerImage.EntryPoint start) throws IOException {
    String name = "/" + start.name();
    if (start.content().isEmpty()) {
      return name + ", no ELF file; what it starts is confined if that is hard-wired";
    }
    try (ProgramFile program = ProgramFile.open(start.content().get())) {
      if (program.isDamaged()) {
        return name + ", a damaged ELF file";
      }
      return name + (program.isPatched() ? ", hard-wired" : ", not hard-wired");
    }
  }

  public WorkFolder work() {
    return work;
  }

  @Override
  public void close() throws IOException {
    for (Container container : containers) {
      container.close();
    }
    if (work != null) {
      work.close();
    }
  }
}
