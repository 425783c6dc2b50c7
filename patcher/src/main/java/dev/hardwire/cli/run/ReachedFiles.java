package dev.hardwire.cli.run;

import dev.hardwire.cli.files.NamedRoot;
import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.SystemRoot;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The files that a program uses when it runs, beside those that it needs at the start. */
@OptionHeading("Files that the program uses")
public final class ReachedFiles implements Closeable {
  private static final Pattern GLOB = Pattern.compile(".*[*?\\[{].*", Pattern.DOTALL);

  @Option(
      names = "--with-library",
      paramLabel = "FILE|GLOB",
      description = "A library that the program loads when it runs, by dlopen(3).")
  private List<String> libraries = List.of();

  @Option(
      names = "--with-program",
      paramLabel = "FILE",
      description = "A program that it executes, which then runs under the same policy.")
  private List<Path> programs = List.of();

  @Option(
      names = "--root",
      paramLabel = "DIR|IMAGE|PACKAGE",
      description =
          "The root of another system that the program belongs to: its libraries are looked for"
              + " there, and all paths are those in it.")
  private Path root;

  /** Null until it is needed. */
  private NamedRoot opened;

  /** Whether the files are those of another system. */
  boolean isElsewhere() {
    return root != null;
  }

  /** What was named as the root of another system. */
  Optional<Path> elsewhere() {
    return Optional.ofNullable(root);
  }

  SystemRoot root() throws IOException {
    return opened().system();
  }

  private NamedRoot opened() throws IOException {
    if (opened == null) {
      opened = NamedRoot.open(root);
    }
    return opened;
  }

  /** The program that containers of the image start first, as a path in it. */
  Path entryPoint() throws IOException {
    return opened()
        .entryPoint()
        .orElseThrow(
            () ->
                new UsageException(
                    "missing required parameter: PROGRAM, or an image that starts one as --root"));
  }

  /**
   * The programs that containers of the image start, as paths in it: the first one, and those that
   * the rest of their command names.
   */
  List<Path> command() throws IOException {
    List<Path> command = opened().command();
    if (command.isEmpty()) {
      throw new UsageException(
          "--entrypoint requires an image as --root whose Entrypoint or Cmd names a program");
    }
    return command;
  }

  /** What containers of the image start, as a path in it, if it is no ELF file. */
  Optional<Path> script() throws IOException {
    List<Path> programs = opened().command();
    return opened().entryPoint().filter(path -> !programs.contains(path));
  }

  /** Deletes what was unpacked; it is unpacked again when it is needed again. */
  @Override
  public void close() throws IOException {
    if (opened != null) {
      opened.close();
      opened = null;
    }
  }

  /**
   * Refuses a program that seems to be another system's, for which this one's libraries would be
   * taken.
   */
  void requireOwner(Path program) {
    Optional<Path> other = root == null ? SystemRoot.above(program) : Optional.empty();
    if (other.isPresent()) {
      throw new UsageException(
          "%s is below %s, which looks like the root of another system; give --root %s, or --root / for the libraries of this one"
              .formatted(program, other.get(), other.get()));
    }
  }

  /** The same with files that were found otherwise. */
  DeriveOptions options(List<Path> moreLibraries, List<Path> morePrograms, boolean safe)
      throws IOException {
    SystemRoot system = root();
    List<Path> plugins = plugins(system);
    plugins.addAll(moreLibraries);
    List<Path> children = new ArrayList<>(programs);
    children.addAll(morePrograms);
    children.replaceAll(system::inside);
    return new DeriveOptions(plugins, List.copyOf(new LinkedHashSet<>(children)), safe, system);
  }

  /** The files that were named, and in order those that match a pattern. */
  private List<Path> plugins(SystemRoot system) throws IOException {
    List<Path> found = new ArrayList<>();
    for (String text : libraries) {
      Path path = system.inside(Path.of(text));
      if (system.file(path).isPresent() || !GLOB.matcher(text).matches()) {
        found.add(path);
        continue;
      }
      List<Path> matches = List.of(Path.of("/"));
      boolean isPattern = false;
      for (Path name : path.toAbsolutePath()) {
        matches = below(system, matches, name, isPattern);
        isPattern |= GLOB.matcher(name.toString()).matches();
      }
      if (matches.isEmpty()) {
        throw new UsageException("--with-library: nothing matches \"" + text + "\"");
      }
      found.addAll(matches);
    }
    return found;
  }

  /**
   * What has a name, or matches it as a pattern, in folders.
   *
   * @param matched whether the folders match a pattern, so that they need not be there
   */
  private static List<Path> below(SystemRoot system, List<Path> folders, Path name, boolean matched)
      throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path folder : folders) {
      if (!GLOB.matcher(name.toString()).matches()) {
        found.add(folder.resolve(name));
        continue;
      }
      try (DirectoryStream<Path> entries =
          Files.newDirectoryStream(system.real(folder), name.toString())) {
        entries.forEach(entry -> found.add(folder.resolve(entry.getFileName())));
      } catch (NotDirectoryException | NoSuchFileException none) {
        if (!matched) {
          throw none;
        }
      }
    }
    found.sort(null);
    return found;
  }
}
