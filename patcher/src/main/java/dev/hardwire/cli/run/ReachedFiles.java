package dev.hardwire.cli.run;

import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.derive.DeriveOptions;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The files that a program uses when it runs, beside those that it needs at the start. */
@OptionHeading("Files that the program uses")
public final class ReachedFiles {
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

  /** What was given. */
  DeriveOptions options(boolean safe) throws IOException {
    return options(List.of(), List.of(), safe);
  }

  /** The same with files that were found otherwise. */
  DeriveOptions options(List<Path> moreLibraries, List<Path> morePrograms, boolean safe)
      throws IOException {
    List<Path> plugins = plugins();
    plugins.addAll(moreLibraries);
    List<Path> children = new ArrayList<>(programs);
    children.addAll(morePrograms);
    return new DeriveOptions(plugins, List.copyOf(new LinkedHashSet<>(children)), safe);
  }

  /** The files that were named, and in order those that match the last part of a pattern. */
  private List<Path> plugins() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String text : libraries) {
      Path path = Path.of(text);
      if (Files.exists(path) || !GLOB.matcher(text).matches()) {
        found.add(path);
        continue;
      }
      List<Path> matches = new ArrayList<>();
      Path folder = path.toAbsolutePath().getParent();
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(folder, path.getFileName().toString())) {
        files.forEach(matches::add);
      }
      if (matches.isEmpty()) {
        throw new UsageException("--with-library: nothing matches \"" + text + "\"");
      }
      matches.sort(null);
      found.addAll(matches);
    }
    return found;
  }
}
