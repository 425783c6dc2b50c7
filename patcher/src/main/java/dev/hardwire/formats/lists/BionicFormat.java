package dev.hardwire.formats.lists;

import dev.hardwire.arch.Target;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.RuleCollector;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.LogicalLines;
import dev.hardwire.policy.text.ReadPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The lists of Android's C library: {@code SYSCALLS.TXT} and {@code SECCOMP_*.TXT}. A line is
 * {@code TYPE NAME|ALIAS:CALL(PARAMETERS) ARCHITECTURES}.
 *
 * <p>Several files are one policy, as genseccomp.py makes it: what the files list is allowed,
 * except what is in those with BLOCKLIST in their names and not in those with ALLOWLIST; other
 * calls trap.
 */
public record BionicFormat() implements PolicyFormat {
  private static final String ARCHITECTURE = "(?:all|lp32|lp64|arm64|arm|x86_64|x86|riscv64)";
  private static final Pattern LINE =
      Pattern.compile(
          "(?:[\\w\\s*]*[\\s*])?(\\w+)((?:\\|\\w++)*+)(?::(?:__ARM_NR_)?(\\w+)(?::\\w+)?)?\\s*"
              // a parameter may be a pointer to a function
              + "\\((?:[^()]|\\([^()]*\\))*+\\)\\s*("
              + ARCHITECTURE
              + "(?:\\s*,\\s*"
              + ARCHITECTURE
              + ")*+)\\s*");
  private static final Pattern MARK =
      Pattern.compile("(?m)^[^#\\n:{}]*\\w(:\\w+)?\\s*\\([^()\\n]*\\)\\s+" + ARCHITECTURE + "\\b");

  /** Its names of architectures where they are not those of here. */
  private static final Map<Target, String> NAMES =
      Map.of(Target.I386, "x86", Target.AARCH64, "arm64");

  @Override
  public boolean detect(String text) {
    return MARK.matcher(text).find();
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    RuleCollector known = new RuleCollector();
    Map<String, CallName> calls = new LinkedHashMap<>();
    Map<String, CallName> listed = new LinkedHashMap<>();
    Map<String, CallName> blocked = new LinkedHashMap<>();
    for (Path file : files) {
      String name = file.getFileName().toString();
      Map<String, CallName> target =
          name.contains("BLOCKLIST") ? blocked : name.contains("ALLOWLIST") ? listed : calls;
      for (LogicalLines.Line line : CallLines.lines(file)) {
        call(line, options.architecture())
            .filter(call -> known.isCall(call.name(), call.position()))
            .ifPresent(call -> target.putIfAbsent(call.name(), call));
      }
    }
    calls.keySet().removeAll(blocked.keySet());
    listed.forEach(calls::putIfAbsent);
    known.add(
        Action.ALLOW,
        List.copyOf(calls.values()),
        Optional.empty(),
        new Position(files.get(0).toString(), 0, 0));
    Position start = new Position(files.get(0).toString(), 0, 0);
    return new ReadPolicy(
        Policy.of("bionic-list", Action.TRAP, known.rules()).withDefaultAt(start),
        known.warnings());
  }

  /** The call of a line; empty if other architectures have it. */
  private static Optional<CallName> call(LogicalLines.Line line, Target architecture) {
    Matcher parts = LINE.matcher(line.text());
    if (!parts.matches()) {
      throw new PolicyException(
          line.position(0), "expected NAME(PARAMETERS) ARCHITECTURES, such as \"fork() x86\"");
    }
    Set<String> on = Set.of(parts.group(4).strip().split("\\s*,\\s*", -1));
    String name = NAMES.getOrDefault(architecture, architecture.id());
    boolean here =
        on.contains("all")
            || on.contains(name)
            || on.contains(architecture.wordBits() == Integer.SIZE ? "lp32" : "lp64");
    String call = parts.group(3) == null ? parts.group(1) : parts.group(3);
    int at = parts.group(3) == null ? parts.start(1) : parts.start(3);
    return here ? Optional.of(new CallName(call, line.position(at))) : Optional.empty();
  }

  @Override
  public String toString() {
    return "bionic";
  }
}
