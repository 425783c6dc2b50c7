package dev.hardwire.cli;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.Filter;
import dev.hardwire.seccomp.FilterException;
import java.io.IOException;
import java.nio.file.Path;

/** Reads filters that the user names: arrays of struct sock_filter in the machine's byte order. */
final class FilterFile {
  private FilterFile() {}

  static Filter read(Path file, Architecture architecture) throws IOException {
    try {
      return Filter.decode(InputFile.read(file).withOrder(architecture.byteOrder()));
    } catch (FilterException e) {
      throw new PolicyException(new Position(file.toString(), 0, 0), e.getMessage());
    }
  }
}
