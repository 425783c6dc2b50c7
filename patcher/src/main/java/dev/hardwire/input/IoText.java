package dev.hardwire.input;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;

/** What Java's exceptions about files say, in words. */
public final class IoText {
  private IoText() {}

  /**
   * The text of a failure.
   *
   * @param subject the file that the reader knows it is about, and is not told again; may be null
   */
  public static String of(String subject, IOException failure) {
    if (!(failure instanceof FileSystemException io)) {
      return failure instanceof EOFException ? "ends early" : orElse(failure.getMessage());
    }
    boolean known = io.getFile() == null || io.getFile().isEmpty() || io.getFile().equals(subject);
    return known ? reason(io) : io.getFile() + ": " + reason(io);
  }

  private static String reason(FileSystemException io) {
    if (io instanceof NoSuchFileException) {
      return missingDirectory(io.getFile())
          .map(directory -> "the directory " + directory + " does not exist")
          .orElse("no such file or directory");
    }
    if (io instanceof NotDirectoryException) {
      boolean isMissing = io.getFile() != null && Files.notExists(Path.of(io.getFile()));
      return isMissing ? "no such directory" : "not a directory";
    }
    if (io instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (io instanceof FileAlreadyExistsException && io.getReason() == null) {
      return "already exists";
    }
    return orElse(io.getReason());
  }

  /** The directory of a missing file, if that is missing, too. */
  private static Optional<Path> missingDirectory(String file) {
    try {
      return Optional.ofNullable(file == null ? null : Path.of(file).getParent())
          .filter(directory -> !Files.exists(directory, LinkOption.NOFOLLOW_LINKS));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static String orElse(String reason) {
    return reason == null || reason.isBlank() ? "input or output failed" : reason;
  }
}
