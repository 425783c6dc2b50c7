package dev.hardwire.formats.systemd;

import dev.hardwire.policy.Capabilities;
import dev.hardwire.policy.Capabilities.Capability;
import dev.hardwire.policy.Capabilities.SecureBit;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.LogicalLines;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Directives about capabilities and paths, systemd.exec(5), as far as keys of a policy say the
 * same: capabilities that are taken away, and paths if all others are read-only or not executable.
 * systemd takes single paths away by mounts; Landlock lists what stays. Each that cannot be said is
 * told.
 */
final class SystemdPowers {
  private static final String BOUNDING = "CapabilityBoundingSet";
  private static final String AMBIENT = "AmbientCapabilities";
  private static final String SECUREBITS = "SecureBits";
  private static final String PROTECT_SYSTEM = "ProtectSystem";
  private static final String READ_ONLY = "ReadOnlyPaths";
  private static final String READ_WRITE = "ReadWritePaths";
  private static final String INACCESSIBLE = "InaccessiblePaths";
  private static final String EXEC = "ExecPaths";
  private static final String NO_EXEC = "NoExecPaths";
  private static final Set<String> PATHS =
      Set.of(READ_ONLY, READ_WRITE, INACCESSIBLE, EXEC, NO_EXEC);
  private static final Set<String> OTHERS =
      Set.of(BOUNDING, AMBIENT, SECUREBITS, PROTECT_SYSTEM, "User", "DynamicUser");

  /** What stays writable with {@code ProtectSystem=strict}. */
  private static final List<String> NEVER_READ_ONLY = List.of("/dev", "/proc", "/sys");

  private final Map<String, Set<Capability>> sets = new HashMap<>();
  private final Map<String, Map<String, Position>> paths = new HashMap<>();
  private final Map<String, String> values = new HashMap<>();
  private final Map<String, Position> positions = new LinkedHashMap<>();
  private final List<PolicyWarning> warnings = new ArrayList<>();

  static boolean isOne(String key) {
    return PATHS.contains(key) || OTHERS.contains(key);
  }

  void set(String key, LogicalLines.Line value, List<LogicalLines.Line> words) {
    positions.put(key, value.position(0));
    if (PATHS.contains(key)) {
      paths(key, value, words);
    } else if (key.equals(BOUNDING) || key.equals(AMBIENT)) {
      capabilities(key, value.text(), words);
    } else {
      values.put(key, value.text());
    }
  }

  private void warn(Position position, String message) {
    warnings.add(new PolicyWarning(position, message));
  }

  /** An empty value begins anew with no path. */
  private void paths(String key, LogicalLines.Line value, List<LogicalLines.Line> words) {
    Map<String, Position> all = paths.computeIfAbsent(key, unused -> new LinkedHashMap<>());
    if (value.text().isEmpty()) {
      all.clear();
    }
    for (LogicalLines.Line word : words) {
      all.put(word.text(), word.position(0));
    }
  }

  /** Values add up; those after "~" take away, or from all if they are the first. */
  private void capabilities(String key, String value, List<LogicalLines.Line> words) {
    boolean inverted = value.startsWith("~");
    Set<Capability> named = EnumSet.noneOf(Capability.class);
    for (LogicalLines.Line word : words) {
      String name =
          inverted && word.text().startsWith("~") ? word.text().substring(1) : word.text();
      Optional<Capability> capability = Capability.named(name);
      capability.ifPresent(named::add);
      if (capability.isEmpty() && !name.isEmpty()) {
        warn(word.position(0), "\"" + name + "\" is not a known capability; it is ignored");
      }
    }
    Set<Capability> set = sets.get(key);
    if (set == null || named.isEmpty()) {
      set = inverted ? EnumSet.complementOf(EnumSet.copyOf(named)) : named;
    } else if (inverted) {
      set.removeAll(named);
    } else {
      set.addAll(named);
    }
    sets.put(key, set);
  }

  private boolean isUnprivileged() {
    String user = values.getOrDefault("User", "");
    boolean dynamic = SystemdRestrictions.isOn(values.getOrDefault("DynamicUser", ""));
    return dynamic || !(user.isEmpty() || user.equals("root") || user.equals("0"));
  }

  /** The policy with what these directives say. */
  Policy addTo(Policy policy) {
    Policy with = policy;
    if (policy.noNewPrivs()) {
      Optional<Capabilities> capabilities = capabilities();
      Optional<Landlock> landlock = landlock();
      if (capabilities.isPresent()) {
        with = with.keeping(capabilities);
      }
      if (landlock.isPresent()) {
        with = with.restrictedBy(landlock, with.limits());
      }
    } else {
      for (Map.Entry<String, Position> entry : positions.entrySet()) {
        if (isActive(entry.getKey())) {
          warn(
              entry.getValue(),
              entry.getKey() + "= takes NoNewPrivileges=yes here; it is left out");
        }
      }
    }
    return with;
  }

  private boolean isActive(String key) {
    if (PATHS.contains(key)) {
      return !paths.get(key).isEmpty();
    }
    return sets.containsKey(key) || (key.equals(PROTECT_SYSTEM) && !values.get(key).isEmpty());
  }

  private Optional<Capabilities> capabilities() {
    Set<Capability> ambient = sets.getOrDefault(AMBIENT, Set.of());
    if (!ambient.isEmpty()) {
      warn(
          positions.get(AMBIENT),
          AMBIENT
              + "= gives capabilities, which no key does: the program has to get them in another"
              + " way");
    }
    Optional<Set<Capability>> keep = Optional.ofNullable(sets.get(BOUNDING));
    if (isUnprivileged() && !ambient.isEmpty()) {
      // another user has no others
      Set<Capability> both = EnumSet.copyOf(ambient);
      keep.ifPresent(both::retainAll);
      keep = Optional.of(both);
    }
    Set<SecureBit> bits = secureBits();
    if (keep.isEmpty() && bits.isEmpty()) {
      return Optional.empty();
    }
    String key = sets.containsKey(BOUNDING) ? BOUNDING : bits.isEmpty() ? AMBIENT : SECUREBITS;
    Set<Capability> kept = keep.orElse(EnumSet.allOf(Capability.class));
    return Optional.of(new Capabilities(kept, bits, positions.get(key)));
  }

  private Set<SecureBit> secureBits() {
    List<String> words = List.of(values.getOrDefault(SECUREBITS, "").trim().split("\\s+"));
    Set<SecureBit> bits = EnumSet.noneOf(SecureBit.class);
    for (String word : words) {
      if (word.equals("noroot") && words.contains("noroot-locked")) {
        bits.add(SecureBit.NOROOT);
      } else if (!word.isEmpty() && !(word.equals("noroot-locked") && words.contains("noroot"))) {
        warn(
            positions.get(SECUREBITS),
            "no key says " + SECUREBITS + "=" + word + " alone; it is left out");
      }
    }
    return bits;
  }

  private Optional<Landlock> landlock() {
    boolean strict = values.getOrDefault(PROTECT_SYSTEM, "").equals("strict");
    String system = values.getOrDefault(PROTECT_SYSTEM, "");
    if (!strict && !system.isEmpty() && !SystemdRestrictions.isOff(system)) {
      unsaid(positions.get(PROTECT_SYSTEM), PROTECT_SYSTEM + "=" + system);
    }
    Map<String, Position> readOnly = paths.getOrDefault(READ_ONLY, Map.of());
    boolean allReadOnly = strict || readOnly.containsKey("/");
    readOnly.forEach(
        (path, position) -> {
          if (!path.equals("/") && (!allReadOnly || isWritable(path))) {
            unsaid(position, READ_ONLY + "=" + path);
          }
        });
    paths
        .getOrDefault(INACCESSIBLE, Map.of())
        .forEach((path, position) -> unsaid(position, INACCESSIBLE + "=" + path));
    Map<String, Position> noExec = paths.getOrDefault(NO_EXEC, Map.of());
    boolean noneExecutable = noExec.containsKey("/");
    noExec.forEach(
        (path, position) -> {
          if (!path.equals("/")) {
            unsaid(position, NO_EXEC + "=" + path);
          }
        });
    if (!allReadOnly && !noneExecutable) {
      return Optional.empty();
    }
    List<PathRule> everything = List.of(new PathRule("/", false, Position.NONE));
    List<PathRule> write = allReadOnly ? rules(READ_WRITE, true) : new ArrayList<>(everything);
    if (strict) {
      for (String path : NEVER_READ_ONLY) {
        if (write.stream().noneMatch(rule -> rule.covers(path))) {
          write.add(new PathRule(path, false, Position.NONE));
        }
      }
    }
    return Optional.of(
        Landlock.builder()
            .read(everything)
            .write(write)
            .execute(noneExecutable ? rules(EXEC, false) : everything)
            .position(
                positions.getOrDefault(
                    strict ? PROTECT_SYSTEM : allReadOnly ? READ_ONLY : NO_EXEC, Position.NONE))
            .build());
  }

  private boolean isWritable(String path) {
    for (String writable : paths.getOrDefault(READ_WRITE, Map.of()).keySet()) {
      if (path.startsWith(writable + "/")) {
        return true;
      }
    }
    return false;
  }

  private void unsaid(Position position, String what) {
    warn(
        position,
        what
            + " is left out: systemd takes paths away, and Landlock lists those that stay; list"
            + " them under landlock");
  }

  private List<PathRule> rules(String key, boolean write) {
    List<PathRule> rules = new ArrayList<>();
    paths
        .getOrDefault(key, Map.of())
        .forEach(
            (text, position) -> {
              boolean optional = text.startsWith("-");
              String path = optional ? text.substring(1) : text;
              try {
                if (optional && write) {
                  throw new IllegalArgumentException("a path under write cannot be optional");
                }
                rules.add(new PathRule(path, optional, position));
              } catch (IllegalArgumentException e) {
                warn(position, key + "=" + text + " is left out: " + e.getMessage());
              }
            });
    return rules;
  }

  List<PolicyWarning> warnings() {
    return List.copyOf(warnings);
  }
}
