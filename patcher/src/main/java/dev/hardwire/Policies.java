package dev.hardwire;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.Preset;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.work.PolicyPerArchitecture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Reads and writes policies. {@code docs/policy.md} describes the formats. */
public final class Policies {
  private Policies() {}

  /**
   * Reads a policy for x86-64, in any format; the content shows the format.
   *
   * @param file YAML, an OCI profile, a systemd unit, a minijail policy or a file of environment
   *     variables, up to 2 GiB
   * @return the policy with the files that it includes
   * @throws IOException if a file cannot be read
   * @throws PolicyException if the policy is not valid, or a part of it cannot be expressed
   */
  public static Policy read(Path file) throws IOException {
    return read(file, Target.X86_64.id());
  }

  /**
   * Reads a policy for one architecture. Only files in foreign formats differ between
   * architectures.
   *
   * @param file as for {@link #read(Path)}
   * @param architecture one of {@link #architectures}
   * @return the policy with the files that it includes
   * @throws IllegalArgumentException if the architecture is not known
   * @throws IOException if a file cannot be read
   * @throws PolicyException if the policy is not valid, or a part of it cannot be expressed
   */
  public static Policy read(Path file, String architecture) throws IOException {
    Target known =
        Target.ofName(architecture)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "not one of " + architectures() + ": " + architecture));
    return HardwireException.translated(() -> PolicyPerArchitecture.read(file).on(known));
  }

  /**
   * Reads a policy in YAML from a string.
   *
   * @param yaml the text
   * @return the policy
   * @throws PolicyException if it is not valid, with line and column
   */
  public static Policy parse(String yaml) {
    return YamlPolicyReader.read(yaml.getBytes(StandardCharsets.UTF_8), "policy");
  }

  /**
   * Returns a policy that is part of Hardwire.
   *
   * @param name one of {@link #presets}, such as {@code no-exec}
   * @return the policy, the same on every architecture
   * @throws IllegalArgumentException if there is no policy of that name
   */
  public static Policy preset(String name) {
    for (Preset preset : Preset.values()) {
      if (preset.toString().equals(name)) {
        return preset.policy();
      }
    }
    throw new IllegalArgumentException("not one of " + presets() + ": " + name);
  }

  /**
   * The names of the policies that are part of Hardwire.
   *
   * @return such as {@code no-exec}
   */
  public static List<String> presets() {
    return Stream.of(Preset.values()).map(Preset::toString).toList();
  }

  /**
   * Writes the canonical text of a policy in YAML: the text that a patched file carries.
   *
   * @param policy any policy
   * @return the text, which {@link #parse} reads back as an equal policy
   */
  public static String format(Policy policy) {
    return YamlPolicyWriter.write(policy);
  }

  /**
   * The names of the supported architectures.
   *
   * @return such as {@code x86_64}
   */
  public static List<String> architectures() {
    return Target.ids();
  }
}
