package dev.hardwire.cli;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.format.ReadOptions;
import dev.hardwire.policy.format.ReadPolicy;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.formats.FormatTables;
import dev.hardwire.seccomp.formats.PolicyLoader;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads whole files that the user names; symbolic links are followed. */
final class InputFile {
  private static final long LIMIT = Integer.MAX_VALUE - 64L;

  /** Larger files stay on disk, so that they take no memory. */
  private static final long MAPPED_FROM = 1 << 23;

  private InputFile() {}

  static Bytes read(Path path) throws IOException {
    require(path);
    return Files.size(path) > MAPPED_FROM ? Bytes.map(path) : Bytes.wrap(Files.readAllBytes(path));
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

  /** What the virtual machine throws where a mapped file has become shorter. */
  static IOException changed(InternalError cause) {
    return new IOException("the file was changed while it was read", cause);
  }

  static void require(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (!Files.isRegularFile(path)) {
      throw new FileSystemException(path.toString(), null, "not a regular file");
    }
    if (Files.size(path) > LIMIT) {
      throw new FileSystemException(path.toString(), null, "larger than 2 GiB");
    }
  }
}
