package dev.hardwire.policy.format;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.Locale;
import java.util.regex.Pattern;

/** The file formats of policies. */
public enum PolicyFormat {
  /** Hardwire's own YAML. */
  YAML,
  /** OCI runtime, Docker and Podman JSON. */
  OCI,
  /** {@code SystemCallFilter=} in units. */
  SYSTEMD,
  /** minijail's {@code .policy}. */
  MINIJAIL,
  /** The preload library's variables. */
  ENV;

  private static final Pattern OCI_KEY = Pattern.compile("\"(defaultAction|syscalls)\"\\s*:");

  /** Our keys; a document's start and the first key of Kubernetes are YAML, if not a policy. */
  private static final Pattern YAML_KEY =
      Pattern.compile("(?m)^(version|default|rules|apiVersion)\\s*:|\\A---\\s");

  private static final Pattern SYSTEMD_KEY =
      Pattern.compile("(?m)^\\s*SystemCall(Filter|Log)\\s*=");
  private static final Pattern ENVIRONMENT_KEY =
      Pattern.compile("(?m)^\\s*(export\\s+)?SECCOMP_SYSCALL_(ALLOW|DENY)\\s*=");
  private static final Pattern MINIJAIL_LINE =
      Pattern.compile(
          "(?m)^\\s*(@(include|default|denylist|frequency)\\b"
              + "|(\\{[^}]*\\}|[a-z_][a-z0-9_]*\\s*(\\[[^\\]]*\\])?)\\s*:)");

  /** As the command line names it: {@code oci}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Tells the format by what is in the file.
   *
   * @throws PolicyException if it is none of them
   */
  public static PolicyFormat detect(byte[] content, String source) {
    String text = SourceText.decode(content, source).text();
    if (text.isBlank()) {
      throw new PolicyException(new Position(source, 0, 0), "the file is empty");
    }
    if (text.stripLeading().startsWith("{") && OCI_KEY.matcher(text).find()) {
      return OCI;
    }
    if (SYSTEMD_KEY.matcher(text).find()) {
      return SYSTEMD;
    }
    if (ENVIRONMENT_KEY.matcher(text).find()) {
      return ENV;
    }
    boolean flow = text.stripLeading().startsWith("{") && text.contains("version");
    if (flow || YAML_KEY.matcher(text).find()) { // no system call has such a name
      return YAML;
    }
    if (MINIJAIL_LINE.matcher(text).find()) {
      return MINIJAIL;
    }
    throw new PolicyException(
        new Position(source, 0, 0), "not a policy in any known format; name the format");
  }
}
