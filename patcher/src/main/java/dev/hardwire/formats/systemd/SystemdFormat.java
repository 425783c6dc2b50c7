package dev.hardwire.formats.systemd;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.filter.compile.PlainPolicy;
import dev.hardwire.formats.Inexpressible;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code SystemCallFilter=} in systemd's units. */
public record SystemdFormat() implements PolicyFormat {
  private static final Pattern KEY =
      Pattern.compile(
          "(?m)^\\h*(SystemCall(Filter|Log)|LockPersonality|MemoryDenyWriteExecute"
              + "|Protect(Clock|Hostname|Kernel(Logs|Modules))"
              + "|Restrict(Namespaces|Realtime|SUIDSGID))\\s*=");

  @Override
  public boolean detect(String text) {
    return KEY.matcher(text).find();
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    Map<String, byte[]> units = new LinkedHashMap<>();
    for (Path unit : files) {
      units.put(unit.toString(), PolicyFiles.bytes(unit));
    }
    return SystemdReader.read(units, options);
  }

  @Override
  public String write(Policy policy, Target architecture) {
    Inexpressible.checkRestrictions(policy, this);
    Inexpressible.checkLog(policy, this);
    PlainPolicy plain = PlainPolicy.of(policy, architecture);
    plain.rules().forEach(this::checkKnown);
    return SystemdWriter.write(plain);
  }

  /** systemd ignores names that it does not know, even in deny lists. */
  private void checkKnown(PlainPolicy.PlainRule rule) {
    boolean isKnown =
        CallGroups.names().stream()
            .anyMatch(group -> CallGroups.calls(group).orElseThrow().contains(rule.call()));
    if (!isKnown) {
      throw Inexpressible.by(
          this,
          rule.position(),
          "a rule for %s, which systemd 257 does not know".formatted(rule.call()));
    }
  }

  @Override
  public String toString() {
    return "systemd";
  }
}
