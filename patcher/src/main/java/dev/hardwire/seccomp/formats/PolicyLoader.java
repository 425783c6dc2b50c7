package dev.hardwire.seccomp.formats;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.format.EnvironmentReader;
import dev.hardwire.policy.format.MinijailReader;
import dev.hardwire.policy.format.OciReader;
import dev.hardwire.policy.format.PolicyFiles;
import dev.hardwire.policy.format.PolicyFormat;
import dev.hardwire.policy.format.ReadOptions;
import dev.hardwire.policy.format.ReadPolicy;
import dev.hardwire.policy.format.SystemdReader;
import dev.hardwire.policy.format.YamlPolicyReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    Path file = files.get(0);
    byte[] content = PolicyFiles.bytes(file);
    PolicyFormat known =
        format.isPresent() ? format.get() : PolicyFormat.detect(content, file.toString());
    if (files.size() > 1 && known != PolicyFormat.SYSTEMD) {
      throw new PolicyException(
          new Position(files.get(1).toString(), 0, 0),
          "only systemd's units are read from several files");
    }
    return switch (known) {
      case YAML -> new ReadPolicy(YamlPolicyReader.read(file), List.of());
      case OCI -> OciReader.read(content, file.toString(), options);
      case MINIJAIL -> MinijailReader.read(file, options);
      case ENV -> new ReadPolicy(EnvironmentReader.read(content, file.toString()), List.of());
      case SYSTEMD -> {
        Map<String, byte[]> units = new LinkedHashMap<>();
        for (Path unit : files) {
          units.put(unit.toString(), PolicyFiles.bytes(unit));
        }
        yield SystemdReader.read(units, options);
      }
    };
  }
}
