package dev.hardwire.work;

import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.YamlFormat;
import dev.hardwire.formats.environment.EnvironmentFormat;
import dev.hardwire.formats.firecracker.FirecrackerFormat;
import dev.hardwire.formats.kafel.KafelFormat;
import dev.hardwire.formats.lists.BionicFormat;
import dev.hardwire.formats.lists.FirejailFormat;
import dev.hardwire.formats.lists.LxcFormat;
import dev.hardwire.formats.lists.SnapdFormat;
import dev.hardwire.formats.minijail.MinijailFormat;
import dev.hardwire.formats.oci.KubernetesFormat;
import dev.hardwire.formats.oci.OciArtifactFormat;
import dev.hardwire.formats.oci.OciFormat;
import dev.hardwire.formats.systemd.SystemdFormat;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.SourceText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The known formats of policies; reads files in any of them. */
public final class PolicyFormats {
  private static final Pattern COMMENTS = Pattern.compile("(?:\\s*+#[^\n]*+)++\\s*+");

  private PolicyFormats() {}

  /** Every format, in the order of the help. */
  public static List<PolicyFormat> all() {
    return List.of(
        new YamlFormat(),
        new OciFormat(),
        new SystemdFormat(),
        new MinijailFormat(),
        new EnvironmentFormat(),
        new KubernetesFormat(),
        new FirecrackerFormat(),
        new KafelFormat(),
        new LxcFormat(),
        new SnapdFormat(),
        new BionicFormat(),
        new FirejailFormat(),
        new OciArtifactFormat());
  }

  /** The format of a name, in upper or lower case. */
  public static Optional<PolicyFormat> named(String name) {
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
  public static PolicyFormat detect(byte[] content, String source) {
    String text = SourceText.decode(content, source).text();
    if (text.isBlank()) {
      throw new PolicyException(new Position(source, 0, 0), "the file is empty");
    }
    if (source.endsWith(".policy") && COMMENTS.matcher(text).matches()) {
      return new MinijailFormat(); // allows nothing by itself, and is included by others
    }
    for (PolicyFormat format : byPrecedence()) {
      if (format.detect(text)) {
        return format;
      }
    }
    throw new PolicyException(
        new Position(source, 0, 0), "not a policy in any known format; name the format");
  }

  /**
   * Reads a policy.
   *
   * @param files one file; for systemd's units any number, drop-ins after their unit
   * @param format empty to detect it from the first file's content
   */
  public static ReadPolicy read(
      List<Path> files, Optional<PolicyFormat> format, ReadOptions options) throws IOException {
    Path first = files.get(0);
    if (format.isPresent()) {
      return format.get().read(files, options);
    }
    PolicyFormat known =
        Files.isDirectory(first)
            ? new OciArtifactFormat()
            : detect(PolicyFiles.bytes(first), first.toString());
    return known.read(files, options);
  }

  /** Every format, those with the clearest marks first: minijail's lines can look like YAML. */
  private static List<PolicyFormat> byPrecedence() {
    return List.of(
        new OciFormat(),
        new LxcFormat(),
        new SystemdFormat(),
        new EnvironmentFormat(),
        new FirecrackerFormat(),
        new KubernetesFormat(),
        new KafelFormat(),
        new YamlFormat(),
        new BionicFormat(),
        new MinijailFormat(),
        new FirejailFormat(),
        new SnapdFormat());
  }
}
