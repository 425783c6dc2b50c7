package dev.hardwire.policy.format;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A file format of policies.
 *
 * <p>Formats have no state: two objects for the same format are equal.
 */
public sealed interface PolicyFormat
    permits YamlFormat,
        OciFormat,
        SystemdFormat,
        MinijailFormat,
        EnvironmentFormat,
        KubernetesFormat,
        FirecrackerFormat,
        KafelFormat {
  /** Every format, in the order of the help. */
  static List<PolicyFormat> all() {
    return List.of(
        new YamlFormat(),
        new OciFormat(),
        new SystemdFormat(),
        new MinijailFormat(),
        new EnvironmentFormat(),
        new KubernetesFormat(),
        new FirecrackerFormat(),
        new KafelFormat());
  }

  /** The format of a name, in upper or lower case. */
  static Optional<PolicyFormat> named(String name) {
    for (PolicyFormat format : all()) {
      if (format.toString().equalsIgnoreCase(name)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  /**
   * Determines the format from the content of a file.
   *
   * @throws PolicyException if it is none of them
   */
  static PolicyFormat detect(byte[] content, String source) {
    String text = SourceText.decode(content, source).text();
    if (text.isBlank()) {
      throw new PolicyException(new Position(source, 0, 0), "the file is empty");
    }
    for (PolicyFormat format : byPrecedence()) {
      if (format.detect(text)) {
        return format;
      }
    }
    throw new PolicyException(
        new Position(source, 0, 0), "not a policy in any known format; name the format");
  }

  /** Every format, those with the clearest marks first: minijail's lines can look like YAML. */
  private static List<PolicyFormat> byPrecedence() {
    return List.of(
        new OciFormat(),
        new SystemdFormat(),
        new EnvironmentFormat(),
        new FirecrackerFormat(),
        new KubernetesFormat(),
        new KafelFormat(),
        new YamlFormat(),
        new MinijailFormat());
  }

  /** The name on the command line, such as {@code oci}. */
  @Override
  String toString();

  /** Whether a text that no format of higher precedence recognises is in this format. */
  boolean detect(String text);

  /** Whether a file may be another policy, or invalid, for another architecture. */
  boolean dependsOnArchitecture();

  /**
   * Reads a policy and the files that it includes.
   *
   * @param files one file; for systemd's units any number, drop-ins after their unit
   * @throws IOException if a file cannot be read
   * @throws PolicyException if it is not a valid policy, or there is more than one file
   */
  ReadPolicy read(List<Path> files, ReadOptions options) throws IOException;

  /**
   * Writes a policy.
   *
   * @return the text of the file
   * @throws PolicyException if the format cannot express the policy; the error names the rule
   */
  String write(Policy policy, WriteOptions options);
}
