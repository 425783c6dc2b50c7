package dev.hardwire.cli;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.format.ReadOptions;
import dev.hardwire.policy.format.ReadPolicy;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.formats.FormatTables;
import dev.hardwire.seccomp.formats.PolicyLoader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A file that the user names; symbolic links are followed. Programs are opened, everything else is
 * read whole.
 */
final class InputFile implements Closeable {
  private static final long LIMIT = Integer.MAX_VALUE - 64L;

  /** Larger programs stay on disk, so that they take no memory. */
  private static final long ON_DISK_FROM = 1 << 23;

  private final Bytes bytes;
  private final Optional<FileBytes> file;

  private InputFile(Bytes bytes, Optional<FileBytes> file) {
    this.bytes = bytes;
    this.file = file;
  }

  /** Opens a file of any size. */
  static InputFile open(Path path) throws IOException {
    requireRegular(path);
    if (Files.size(path) <= ON_DISK_FROM) {
      return new InputFile(Bytes.wrap(Files.readAllBytes(path)), Optional.empty());
    }
    FileBytes file = FileBytes.open(path);
    return new InputFile(file.bytes(), Optional.of(file));
  }

  /** The contents, as long as it is open. */
  Bytes bytes() {
    return bytes;
  }

  /** The open file, if it is large. */
  Optional<FileBytes> file() {
    return file;
  }

  @Override
  public void close() throws IOException {
    if (file.isPresent()) {
      file.get().close();
    }
  }

  /** Reads a whole file. */
  static Bytes read(Path path) throws IOException {
    require(path);
    return Bytes.wrap(Files.readAllBytes(path));
  }

  /**
   * Reads a policy and what it includes. Foreign formats are told by their content; one that does
   * not carry over whole is refused.
   */
  static Policy readPolicy(Path path) throws IOException {
    require(path);
    ReadOptions options = FormatTables.options(Architecture.X86_64, Set.of(), FormatTables.KERNEL);
    ReadPolicy read = PolicyLoader.load(List.of(path), Optional.empty(), options);
    if (!read.warnings().isEmpty()) {
      PolicyWarning first = read.warnings().get(0);
      throw new PolicyException(
          first.position(),
          first.message() + "; convert the policy by \"hardwire policy convert\"");
    }
    return read.policy();
  }

  /** Checks that a file can be read whole. */
  static void require(Path path) throws IOException {
    requireRegular(path);
    if (Files.size(path) > LIMIT) {
      throw new FileSystemException(path.toString(), null, "larger than 2 GiB");
    }
  }

  private static void requireRegular(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (!Files.isRegularFile(path)) {
      throw new FileSystemException(path.toString(), null, "not a regular file");
    }
  }
}
