package dev.hardwire.spark;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.input.IoText;
import dev.hardwire.report.read.PackageOwners;
import dev.hardwire.spark.files.LocalCopy;
import dev.hardwire.spark.files.PlainOrArchive;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.TreeEntry;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * The units of an input. Trees in local file systems are listed as the local commands list them:
 * symbolic links are not followed, and a file with several hard links is one unit.
 */
final class UnitList {
  private static final String LAYOUT = "oci-layout";

  private final Configuration configuration;

  /** By location, so that what is listed twice is one unit. */
  private final Map<String, FleetUnit> units = new LinkedHashMap<>();

  private UnitList(Configuration configuration) {
    this.configuration = configuration;
  }

  /**
   * Lists an input.
   *
   * @param input a directory, a program, a package, an archive of an image, or a list: a text file
   *     with the path of one of these on each line
   */
  static List<FleetUnit> of(String input, Configuration configuration) throws IOException {
    UnitList list = new UnitList(configuration);
    Path path = new Path(input);
    FileSystem files = path.getFileSystem(configuration);
    FileStatus status;
    try {
      status = files.getFileStatus(path);
    } catch (FileNotFoundException e) {
      throw new FileNotFoundException(input + ": no such file or directory");
    }
    if (status.isDirectory()) {
      list.addTree(input, files);
    } else if (isList(files, path)) {
      list.addList(files, path);
    } else {
      list.addFile(input, files);
    }
    return withOwners(list.withoutLayoutParts());
  }

  /** Adds the packages of local files; those of others are not known. */
  private static List<FleetUnit> withOwners(List<FleetUnit> units) throws IOException {
    Map<FleetUnit, java.nio.file.Path> local = new LinkedHashMap<>();
    for (FleetUnit unit : units) {
      if (unit.fault().isEmpty() && unit.location().startsWith("file:/")) {
        local.put(unit, java.nio.file.Path.of(unit.name()));
      }
    }
    PackageOwners owners = PackageOwners.of(local.values());
    return units.stream()
        .map(
            unit ->
                unit.ownedBy(Optional.ofNullable(local.get(unit)).flatMap(owners::of).orElse("")))
        .toList();
  }

  private static boolean isList(FileSystem files, Path path) throws IOException {
    try (InputStream in = files.open(path)) {
      byte[] start = in.readNBytes(PlainOrArchive.START);
      return !ElfFile.isMagic(start) && !PlainOrArchive.isArchive(start);
    }
  }

  private void addList(FileSystem files, Path list) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(files.open(list), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) {
          addListed(line);
        }
      }
    }
  }

  private void addListed(String name) throws IOException {
    FileSystem files;
    boolean isDirectory;
    try {
      Path path = new Path(name);
      files = path.getFileSystem(configuration);
      isDirectory = files.getFileStatus(path).isDirectory();
    } catch (FileNotFoundException e) {
      addFault(name, "no such file or directory");
      return;
    } catch (IOException | IllegalArgumentException e) {
      addFault(name, e.getMessage());
      return;
    }
    if (isDirectory) {
      addTree(name, files);
    } else {
      addFile(name, files);
    }
  }

  private void addFault(String name, String fault) {
    add(new FleetUnit(name, name, relative(name), true, false, List.of(), "", fault));
  }

  private void addFile(String name, FileSystem files) {
    String location = files.makeQualified(new Path(name)).toString();
    add(new FleetUnit(name, location, relative(name), true, false, List.of(), "", ""));
  }

  /** The path of a file that was named, as patterns are compared with it. */
  private static String relative(String name) {
    return new Path(name).toUri().getPath().replaceFirst("^/+", "");
  }

  private void add(FleetUnit unit) {
    units.putIfAbsent(unit.location(), unit);
  }

  private void addTree(String name, FileSystem files) throws IOException {
    Path root = files.makeQualified(new Path(name));
    if (LocalCopy.isLocal(root)) {
      addLocalTree(java.nio.file.Path.of(new Path(name).toUri().getPath()));
      return;
    }
    RemoteIterator<LocatedFileStatus> found = files.listFiles(root, true);
    while (found.hasNext()) {
      String location = found.next().getPath().toString();
      String relative = location.substring(root.toString().length()).replaceFirst("^/+", "");
      add(new FleetUnit(location, location, relative, false, false, List.of(), "", ""));
    }
  }

  private void addLocalTree(java.nio.file.Path root) throws IOException {
    if (Files.isRegularFile(root.resolve(LAYOUT))) {
      add(layout(root.toString(), location(root), lastName(location(root))));
      return;
    }
    for (TreeEntry entry : FileTree.list(List.of(root), FileTree.Choice.ALL).entries()) {
      add(
          new FleetUnit(
              entry.file().toString(),
              location(entry.file()),
              entry.relative().toString(),
              false,
              false,
              entry.otherNames().stream().map(other -> other.file().toString()).toList(),
              "",
              entry.unreadable().map(fault -> fault(entry, fault)).orElse("")));
    }
  }

  private static FleetUnit layout(String name, String location, String relative) {
    return new FleetUnit(name, location, relative, true, true, List.of(), "", "");
  }

  private static String fault(TreeEntry entry, IOException fault) {
    return Optional.ofNullable(IoText.of(entry.file().toString(), fault)).orElse("not readable");
  }

  /** The URI of a local file, without escapes, as Hadoop writes it. */
  private static String location(java.nio.file.Path file) {
    return "file:" + file.toAbsolutePath().normalize();
  }

  /** Replaces the files of each image layout by the directory. */
  private List<FleetUnit> withoutLayoutParts() {
    Map<String, FleetUnit> layouts = new HashMap<>();
    for (FleetUnit unit : units.values()) {
      if (!unit.named() && unit.location().endsWith("/" + LAYOUT)) {
        layouts.put(parent(unit.location()), unit);
      }
    }
    List<FleetUnit> all = new ArrayList<>();
    for (FleetUnit unit : units.values()) {
      Optional<String> layout = layoutOf(unit, layouts);
      if (layout.isEmpty()) {
        all.add(unit);
      } else if (layouts.get(layout.get()).equals(unit)) {
        String above = parent(unit.relative());
        String relative = above.isEmpty() ? lastName(layout.get()) : above;
        all.add(layout(parent(unit.name()), layout.get(), relative));
      }
    }
    return all;
  }

  private static Optional<String> layoutOf(FleetUnit unit, Map<String, FleetUnit> layouts) {
    if (layouts.isEmpty() || unit.layout()) {
      return Optional.empty();
    }
    for (String above = parent(unit.location()); !above.isEmpty(); above = parent(above)) {
      if (layouts.containsKey(above)) {
        return Optional.of(above);
      }
    }
    return Optional.empty();
  }

  private static String lastName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }
}
