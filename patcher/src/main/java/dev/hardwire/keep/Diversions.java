package dev.hardwire.keep;

import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.Glob;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The files of which the package manager and Hardwire share the paths.
 *
 * <p>On Debian and its relatives these are the diversions of this package in dpkg's database:
 * whatever package has a file of the first name, dpkg puts it where the second one says
 * (dpkg-divert(1)). Other package managers have no diversions: they write over the copies, and
 * {@link Keeper} puts what they have written where dpkg would have put it.
 */
final class Diversions {
  /** Whether dpkg manages this system. */
  static final boolean ARE_KNOWN = Files.exists(Path.of("/var/lib/dpkg/status"));

  private static final String PACKAGE = "hardwire";

  /** All but temporary files, and former originals. */
  private static final FileTree.Choice ORIGINALS =
      new FileTree.Choice(
          List.of(), List.of(Glob.of(".former"), Glob.of(".hardwire-*")), Optional.empty());

  private final Path originals;

  /**
   * Those to one directory.
   *
   * @param originals has each file under its path below the root
   */
  Diversions(Path originals) {
    this.originals = originals;
  }

  /** The files that are diverted, relative to the root. */
  Set<Path> all() throws IOException {
    Set<Path> found = new TreeSet<>();
    if (!ARE_KNOWN) {
      if (Files.isDirectory(originals)) {
        for (TreeEntry entry : FileTree.list(List.of(originals), ORIGINALS).entries()) {
          found.add(entry.relative());
          entry.otherNames().forEach(other -> found.add(other.relative()));
        }
      }
      return found;
    }
    String before = "diversion of ";
    String between = " to " + originals + "/";
    for (String line : run("--list").split("\n", -1)) {
      int to = line.indexOf(between);
      if (line.startsWith(before) && to > 0) {
        String name = line.substring(before.length() + 1, to);
        if (line.equals(before + "/" + name + between + name + " by " + PACKAGE)) {
          found.add(Path.of(name));
        }
      }
    }
    return found;
  }

  /** Diverts a file. Nothing is renamed. */
  void add(Path relative) throws IOException {
    change("--add", relative);
  }

  /** Ends a diversion. Nothing is renamed. */
  void remove(Path relative) throws IOException {
    change("--remove", relative);
  }

  private void change(String action, Path relative) throws IOException {
    if (!ARE_KNOWN) {
      return;
    }
    run(
        "--quiet",
        "--package",
        PACKAGE,
        "--divert",
        originals.resolve(relative).toString(),
        "--no-rename",
        action,
        "/" + relative);
  }

  private static String run(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("dpkg-divert"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new FileSystemException("dpkg-divert", null, "cannot be started");
    }
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() == 0) {
        return text;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new FileSystemException("dpkg-divert", null, text.strip().replace('\n', ' '));
  }
}
