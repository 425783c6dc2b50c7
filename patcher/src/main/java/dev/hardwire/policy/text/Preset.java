package dev.hardwire.policy.text;

import dev.hardwire.policy.Policy;
import dev.hardwire.resource.Resources;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The policies to start from that are part of Hardwire: files in YAML with comments. */
public enum Preset {
  NO_EXEC,
  NO_NETWORK,
  NO_NEW_CODE,
  READ_ONLY,
  STDIO,
  CLI_TOOL,
  NETWORK_CLIENT,
  NETWORK_SERVER,
  DATABASE;

  private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** The policy, the same on every architecture. */
  public Policy policy() {
    return YamlPolicyReader.read(bytes(), "preset " + text);
  }

  /** The file with its comments. */
  public String yaml() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  /** What the policy is for, in one sentence: the first line of the file. */
  public String summary() {
    String yaml = yaml();
    return yaml.substring("# ".length(), yaml.indexOf('\n'));
  }

  private byte[] bytes() {
    return Resources.bytes(Preset.class, "presets/" + text + ".yaml");
  }

  /** The name on the command line. */
  @Override
  public String toString() {
    return text;
  }
}
