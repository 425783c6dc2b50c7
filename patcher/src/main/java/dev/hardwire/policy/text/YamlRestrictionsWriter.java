package dev.hardwire.policy.text;

import dev.hardwire.policy.Capabilities;
import dev.hardwire.policy.KernelDemand;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Limits;
import dev.hardwire.policy.PathRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Writes the canonical text of what a policy restricts beside calls. */
final class YamlRestrictionsWriter {
  private final StringBuilder out;
  private final String indent;

  /**
   * A writer.
   *
   * @param indent of the section's key
   */
  YamlRestrictionsWriter(StringBuilder out, String indent) {
    this.out = out;
    this.indent = indent;
  }

  void landlock(Landlock landlock) {
    out.append(indent).append(YamlLandlock.SECTION).append(":\n");
    line("kernel", kernel(landlock.kernel()));
    paths("read", landlock.read());
    paths("write", landlock.write());
    paths("execute", landlock.execute());
    landlock.connect().ifPresent(ports -> line("connect", ports.toString()));
    landlock.bind().ifPresent(ports -> line("bind", ports.toString()));
    landlock.connectUdp().ifPresent(ports -> line(YamlLandlock.CONNECT_UDP, ports.toString()));
    landlock.bindUdp().ifPresent(ports -> line(YamlLandlock.BIND_UDP, ports.toString()));
    paths(YamlLandlock.CONNECT_UNIX, landlock.connectUnix());
    if (landlock.restrictsSockets()) {
      line(YamlLandlock.OTHER_SOCKETS, landlock.otherSockets() ? "allow" : "deny");
    }
    if (!landlock.scope().isEmpty()) {
      line("scope", landlock.sortedScope().toString());
    }
    if (landlock.logDenials() != Landlock.LogDenials.PROGRAM) {
      line(YamlLandlock.LOG_DENIALS, landlock.logDenials().toString());
    }
    if (!landlock.quiet().isEmpty()) {
      paths(YamlLandlock.QUIET, Optional.of(landlock.quiet()));
    }
  }

  private static String kernel(KernelDemand kernel) {
    if (kernel.atLeast().isEmpty()) {
      return "require";
    }
    return "{at-least: %d, below: %s}"
        .formatted(kernel.atLeast().getAsInt(), kernel.warns() ? "warn" : "stop");
  }

  private void paths(String key, Optional<List<PathRule>> paths) {
    if (paths.isEmpty() || paths.get().isEmpty()) {
      paths.ifPresent(none -> line(key, "[]"));
      return;
    }
    out.append(indent).append("  ").append(key).append(":\n");
    for (PathRule path : paths.get()) {
      out.append(indent)
          .append("    - ")
          .append(YamlPolicyWriter.quote(path.toString()))
          .append('\n');
    }
  }

  void limits(Limits limits) {
    Collection<String> lines = new ArrayList<>();
    limits.core().ifPresent(size -> lines.add("core: " + size(size)));
    limits.fileSize().ifPresent(size -> lines.add("file-size: " + size(size)));
    limits.openFiles().ifPresent(number -> lines.add("open-files: " + number));
    lines.add("dumpable: " + limits.dumpable());
    lines.add("no-write-execute: " + limits.noWriteExecute());
    limits
        .closeFrom()
        .ifPresent(
            from -> {
              lines.add("close-from: " + from);
              lines.add("keep: " + limits.keep());
            });
    out.append(YamlLimits.SECTION).append(":\n");
    lines.forEach(line -> out.append("  ").append(line).append('\n'));
  }

  void capabilities(Capabilities capabilities) {
    out.append(YamlCapabilities.SECTION).append(":\n");
    line("keep", capabilities.keep().toString());
    if (!capabilities.securebits().isEmpty()) {
      line("securebits", capabilities.securebits().toString());
    }
  }

  /** The number with the largest unit of which it is a multiple. */
  static String size(long bytes) {
    long number = bytes;
    String unit = "";
    for (String larger : YamlLimits.UNITS) {
      if (number == 0 || number % 1024 != 0) {
        break;
      }
      number /= 1024;
      unit = larger;
    }
    return number + unit;
  }

  private void line(String key, String value) {
    out.append(indent).append("  ").append(key).append(": ").append(value).append('\n');
  }
}
