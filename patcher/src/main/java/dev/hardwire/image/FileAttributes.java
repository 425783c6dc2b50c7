package dev.hardwire.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Copies mode, owner and extended attributes. Java reads and writes only extended attributes of the
 * user name space; those that matter here, such as {@code security.capability}, need {@code cp} of
 * the GNU coreutils. What the kernel's integrity subsystem keeps about a file's old contents is
 * left behind.
 */
final class FileAttributes {
  private static final String SCRIPT =
      """
      cp --attributes-only --preserve=mode,ownership,xattr -- "$1" "$2" || exit
      found=$(getfattr --absolute-names -m '^security\\.(ima|evm)$' -- "$2" 2>/dev/null)
      for name in security.ima security.evm; do
        case $found in *"
      $name"*) setfattr -x "$name" -- "$2" || exit ;; esac
      done
      """;

  private static final int MODE_BITS = 07777;

  private FileAttributes() {}

  /**
   * Copies the attributes of one file to another, whose contents are complete: the kernel drops
   * capabilities when a file is written to.
   *
   * @param survey may know that there are no extended ones
   * @return what could not be copied, if anything
   */
  static Optional<String> copy(Path from, Path to, AttributeSurvey survey) throws IOException {
    Map<String, Object> wanted = Files.readAttributes(from, "unix:uid,gid,mode,ctime");
    return survey.isPlain(from, (FileTime) wanted.get("ctime"), to) && copyPlain(wanted, to)
        ? Optional.empty()
        : copyAll(from, to);
  }

  /** Of the file that a name stands for now, if there is one, all of them at one time. */
  static Optional<BasicFileAttributes> existing(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty(); // much faster to find out than by an exception
    }
    try {
      return Optional.of(Files.readAttributes(file, BasicFileAttributes.class));
    } catch (IOException e) {
      return Optional.empty(); // whoever writes there will say what is wrong
    }
  }

  /** Copies mode and owner; false if that takes more rights. */
  private static boolean copyPlain(Map<String, Object> wanted, Path to) throws IOException {
    Map<String, Object> found = Files.readAttributes(to, "unix:uid,gid");
    try {
      for (String owner : List.of("uid", "gid")) {
        if (!wanted.get(owner).equals(found.get(owner))) {
          Files.setAttribute(to, "unix:" + owner, wanted.get(owner));
        }
      }
    } catch (FileSystemException e) {
      return false;
    }
    Files.setAttribute(to, "unix:mode", (Integer) wanted.get("mode") & MODE_BITS);
    return true;
  }

  private static Optional<String> copyAll(Path from, Path to) throws IOException {
    try (PlainName source = PlainName.of(from);
        PlainName target = PlainName.of(to)) {
      Optional<String> lost = run(source.toString(), target.toString());
      if (lost.isPresent() && !Files.exists(from)) {
        throw new NoSuchFileException(from.toString()); // nothing is known of its attributes now
      }
      return lost;
    }
  }

  private static Optional<String> run(String from, String to) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", SCRIPT, "sh", from, to).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    process.getOutputStream().close();
    String message =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      return process.waitFor() == 0 ? Optional.empty() : Optional.of(message);
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while copying the attributes of " + from, e);
    }
  }
}
