package dev.hardwire.derive;

import dev.hardwire.derive.Derivation.DerivedFile;
import dev.hardwire.derive.module.Module;
import dev.hardwire.input.InputFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files that a policy names as those from which it was derived, in the comments at its start.
 */
public final class NamedFiles {
  /** What the comments begin with. */
  public static final String TITLE = "This holds for these files:";

  private static final Pattern LINE =
      Pattern.compile("# {3}(?<path>.+) (?<identity>(?:build-id|sha256):[0-9a-f]+)");

  private NamedFiles() {}

  /** How a file is named in such a comment. */
  static String line(DerivedFile file) {
    return "  %s %s".formatted(file.path(), file.identity());
  }

  /**
   * Compares the files with those of a system. The program itself, which is the first one, does not
   * count: it may have been patched where it was.
   *
   * @param policy a file
   * @param root the file system in which they are
   * @return a line for each file that differs or is not there
   */
  public static List<String> differences(Path policy, SystemRoot root) throws IOException {
    List<String> found = new ArrayList<>();
    for (Named file : read(policy)) {
      if (!file.isProgram()) {
        difference(root, file, Optional.empty()).ifPresent(found::add);
      }
    }
    return found;
  }

  /**
   * Compares the program alone with a file that has its bytes now.
   *
   * @param policy a file
   * @param content of this machine
   * @return a line if it differs, or the policy names no program
   */
  public static Optional<String> differenceOfProgram(Path policy, Path content) throws IOException {
    List<Named> files = read(policy);
    return files.isEmpty()
        ? Optional.of(policy + " does not say what it was derived from")
        : difference(SystemRoot.HOST, files.get(0), Optional.of(content));
  }

  /**
   * Compares the files with those of a tree that may be a part of a system: other files than those
   * that it has do not count. The program counts if it has a build ID, which a patch keeps.
   *
   * @param policy a file
   * @param root the tree; of this machine, missing files count
   * @return a line for each file that differs
   */
  public static List<String> differencesInTree(Path policy, SystemRoot root) throws IOException {
    List<String> found = new ArrayList<>();
    for (Named file : read(policy)) {
      boolean counts = !file.isProgram() || file.identity().startsWith("build-id:");
      if (counts && (root.isHost() || root.file(Path.of(file.path())).isPresent())) {
        difference(root, file, Optional.empty()).ifPresent(found::add);
      }
    }
    return found;
  }

  public static List<Path> paths(Path policy) throws IOException {
    return read(policy).stream().map(file -> Path.of(file.path())).toList();
  }

  private record Named(String path, String identity, boolean isProgram) {}

  private static List<Named> read(Path policy) throws IOException {
    String text = new String(InputFile.read(policy).toArray(), StandardCharsets.UTF_8);
    List<Named> found = new ArrayList<>();
    int named = -1;
    for (String line : text.lines().takeWhile(line -> line.startsWith("#")).toList()) {
      if (line.equals("# " + TITLE)) {
        named = 0;
        continue;
      }
      Matcher matcher = LINE.matcher(line);
      if (named < 0 || !matcher.matches()) {
        named = -1;
        continue;
      }
      found.add(new Named(matcher.group("path"), matcher.group("identity"), named++ == 0));
    }
    return found;
  }

  private static Optional<String> difference(SystemRoot root, Named named, Optional<Path> content) {
    String path = named.path();
    String identity = named.identity();
    try {
      Path real = content.isPresent() ? content.get() : root.real(Path.of(path));
      Module module =
          named.isProgram()
              ? ModuleCache.program(Path.of(path), real)
              : ModuleCache.read(Path.of(path), root);
      DerivedFile file = ModuleCache.identified(path, module);
      return identity.equals(file.identity())
          ? Optional.empty()
          : Optional.of(
              "%s is another file (%s) than the one that the policy was derived from (%s)"
                  .formatted(path, file.identity(), identity));
    } catch (NoSuchFileException e) {
      return Optional.of(path + ", which the policy was derived from, is missing");
    } catch (FileSystemException e) {
      return cannot(path, Optional.ofNullable(e.getReason()).orElse("it cannot be read"));
    } catch (IOException | DeriveException | InvalidPathException e) {
      return cannot(path, e.getMessage());
    }
  }

  private static Optional<String> cannot(String path, String reason) {
    return Optional.of(
        "%s, which the policy was derived from, cannot be compared: %s".formatted(path, reason));
  }
}
