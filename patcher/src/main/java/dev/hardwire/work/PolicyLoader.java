package dev.hardwire.work;

import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads policy files in any format. */
public final class PolicyLoader {
  private PolicyLoader() {}

  /**
   * Reads a policy.
   *
   * @param files one file; for systemd's units any number, drop-ins after their unit
   * @param format empty to detect it from the first file's content
   * @throws IOException if a file cannot be read
   * @throws PolicyException if it is not a valid policy
   */
  public static ReadPolicy load(
      List<Path> files, Optional<PolicyFormat> format, ReadOptions options) throws IOException {
    Path first = files.get(0);
    PolicyFormat known =
        format.isPresent()
            ? format.get()
            : PolicyFormats.detect(PolicyFiles.bytes(first), first.toString());
    return known.read(files, options);
  }
}
