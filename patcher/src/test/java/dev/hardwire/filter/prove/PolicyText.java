package dev.hardwire.filter.prove;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Decides single calls from the text of a policy, as docs/policy.md says what it means.
 *
 * <p>It shares nothing with what reads, resolves and compiles policies: the text is what a YAML
 * parser makes of it, the facts about calls are those of {@link CallFacts}, and rules are matched
 * one by one for each call.
 */
final class PolicyText {
  /** The actions of seccomp(2), linux/seccomp.h. */
  private static final Map<String, Long> ACTIONS =
      Map.of(
          "allow", 0x7fff_0000L,
          "log", 0x7ffc_0000L,
          "trap", 0x0003_0000L,
          "kill-thread", 0L,
          "kill-process", 0x8000_0000L);

  private static final long ERRNO = 0x0005_0000L;
  private static final Map<String, Long> ERRORS = Map.of("EPERM", 1L, "EACCES", 13L, "ENOSYS", 38L);

  /** A rule; {@code items} contains no groups of the policy's own any more. */
  private record Rule(long action, List<String> items, String condition, boolean intent) {
    boolean lets() {
      return action == ACTIONS.get("allow") || action == ACTIONS.get("log");
    }
  }

  /** One way to make a call: itself, or through socketcall or ipc. */
  private record Way(String call, List<Integer> registers, Optional<String> through) {
    static final List<Integer> ALL = List.of(0, 1, 2, 3, 4, 5);
  }

  private final CallFacts facts;
  private final Path folder;
  private final List<Map<?, ?>> parts = new ArrayList<>();
  private final Map<String, List<String>> groups = new LinkedHashMap<>();
  private final Map<String, List<String>> constants = new LinkedHashMap<>();
  private final List<Rule> rules = new ArrayList<>();
  private final IdentityHashMap<Rule, Set<String>> named = new IdentityHashMap<>();
  private final IdentityHashMap<Rule, Set<String>> excluded = new IdentityHashMap<>();
  private final boolean mapped;
  private final long otherwise;
  private final Optional<Sockets> sockets;
  private final List<Long> marks = new ArrayList<>();
  private final boolean logs;
  private long newer;

  /** The policy of a file, from its start on. */
  PolicyText(Path file, CallFacts facts) {
    this.facts = facts;
    this.folder = file.getParent();
    load(file.getFileName().toString());
    mapped = Boolean.TRUE.equals(setting("map_missing_calls").orElse(false));
    logs = Boolean.TRUE.equals(setting("log").orElse(false));
    otherwise = action((String) setting("default").orElseThrow());
    sockets = Sockets.of((Map<?, ?>) parts.get(0).get("landlock"));
    for (Map<?, ?> part : parts) {
      add(sections(part), rules);
      add(list(part, "rules"), rules);
    }
    for (String key : List.of("unknown-calls", "newer-calls")) {
      setting(key)
          .ifPresent(text -> rules.add(new Rule(action((String) text), at(key), null, false)));
    }
    phases().forEach(phase -> marks.add(mark((Map<?, ?>) phase)));
  }

  /** One of the phases of a policy. */
  private PolicyText(PolicyText whole, Map<?, ?> phase) {
    facts = whole.facts;
    folder = whole.folder;
    groups.putAll(whole.groups);
    constants.putAll(whole.constants);
    mapped = whole.mapped;
    logs = whole.logs;
    otherwise = action((String) phase.get("default"));
    sockets = Sockets.of((Map<?, ?>) phase.get("landlock"));
    add(list(phase, "rules"), rules);
    marks.addAll(whole.marks);
  }

  /** What the policy is from the beginning of each phase on. */
  List<PolicyText> inPhases() {
    List<PolicyText> texts = new ArrayList<>();
    phases().forEach(phase -> texts.add(new PolicyText(this, (Map<?, ?>) phase)));
    return texts;
  }

  /** The marks of all phases. */
  List<Long> marks() {
    return marks;
  }

  private List<?> phases() {
    return list(parts.get(0), "phases");
  }

  private static List<String> at(String key) {
    return List.of("@" + key);
  }

  private void load(String name) {
    Map<?, ?> part = read(folder.resolve(name));
    parts.add(part);
    map(part, "groups").forEach((key, items) -> groups.putIfAbsent("@" + key, strings(items)));
    map(part, "constants")
        .forEach((key, items) -> constants.putIfAbsent((String) key, strings(items)));
    list(part, "include").forEach(item -> load((String) item));
  }

  private static Map<?, ?> read(Path file) {
    try {
      return (Map<?, ?>)
          new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<Object> setting(String key) {
    return parts.stream().filter(part -> part.containsKey(key)).findFirst().map(p -> p.get(key));
  }

  private List<?> sections(Map<?, ?> part) {
    List<Object> own = new ArrayList<>();
    map(part, "arch")
        .forEach(
            (name, section) -> {
              if (facts.isNamed((String) name)) {
                own.addAll(list((Map<?, ?>) section, "rules"));
              }
            });
    return own;
  }

  private static List<?> list(Map<?, ?> map, String key) {
    return map.containsKey(key) ? (List<?>) map.get(key) : List.of();
  }

  private static Map<?, ?> map(Map<?, ?> map, String key) {
    return map.containsKey(key) ? (Map<?, ?>) map.get(key) : Map.of();
  }

  private static List<String> strings(Object value) {
    List<?> list = value instanceof List<?> items ? items : List.of(value);
    return list.stream().map(Object::toString).toList();
  }

  private static long action(String text) {
    if (text.startsWith("errno ")) {
      String error = text.substring(6);
      Long known = ERRORS.get(error);
      return ERRNO | (known == null ? Long.parseLong(error) : known);
    }
    return ACTIONS.get(text);
  }

  private static long mark(Map<?, ?> phase) {
    Object at = phase.get("at");
    String function = at instanceof Map<?, ?> map ? (String) map.get("first-call-of") : "main";
    int hash = 0x811c9dc5; // FNV-1a
    for (int i = 0; i < function.length(); i++) {
      hash = (hash ^ function.charAt(i)) * 16_777_619;
    }
    return (hash | 0x8000_0000) & 0xffff_ffffL;
  }

  private void add(List<?> list, List<Rule> to) {
    for (Object item : list) {
      Map<?, ?> rule = (Map<?, ?>) item;
      if (rule.containsKey("include")) {
        add(list(read(folder.resolve((String) rule.get("include"))), "rules"), to);
        continue;
      }
      boolean here =
          !rule.containsKey("arch") || strings(rule.get("arch")).stream().anyMatch(facts::isNamed);
      String action =
          rule.keySet().stream()
              .map(key -> (String) key)
              .filter(key -> !List.of("when", "because", "arch").contains(key))
              .findFirst()
              .orElseThrow();
      if (here) {
        add(action(action), strings(rule.get(action)), (String) rule.get("when"), to);
      }
    }
  }

  private void add(long action, List<String> items, String condition, List<Rule> to) {
    List<String> own = new ArrayList<>();
    List<String> intents = new ArrayList<>();
    for (String item : items) {
      if (item.startsWith("@pledge-")) {
        intents.add(item.substring(8));
      } else if (groups.containsKey(item.replace("~", ""))) {
        expand(item.replace("~", ""), item.startsWith("~") ? "~" : "", own);
      } else {
        own.add(item);
      }
    }
    to.add(new Rule(action, own, condition, false));
    for (String intent : intents) {
      Path file =
          Path.of("src/main/resources/dev/hardwire/policy/text/pledge").resolve(intent + ".yaml");
      for (Object rule : list(read(file), "rules")) {
        List<String> calls = new ArrayList<>(strings(((Map<?, ?>) rule).get("allow")));
        own.stream().filter(item -> item.startsWith("~")).forEach(calls::add);
        to.add(new Rule(action, calls, (String) ((Map<?, ?>) rule).get("when"), true));
      }
    }
  }

  private void expand(String group, String sign, List<String> to) {
    for (String item : groups.get(group)) {
      if (groups.containsKey(item)) {
        expand(item, sign, to);
      } else {
        to.add(sign + item);
      }
    }
  }

  /** The calls of the architecture that an item names. */
  private Set<String> names(String item) {
    if (item.equals("@unknown-calls") || item.equals("@newer-calls")) {
      return Set.of();
    } else if (item.startsWith("@")) {
      Set<String> members = new TreeSet<>(facts.group(item));
      members.removeAll(List.of("socketcall", "ipc"));
      members.removeIf(name -> !facts.has(name));
      return members;
    } else if (item.startsWith("nr ")) {
      long[] range = range(item);
      Set<String> named = new TreeSet<>();
      facts.numbers().entrySet().stream()
          .filter(entry -> entry.getValue() >= range[0] && entry.getValue() <= range[1])
          .forEach(entry -> named.add(entry.getKey()));
      return named;
    }
    return facts.has(item) ? Set.of(item) : Set.of();
  }

  private static long[] range(String item) {
    String[] ends = item.substring(3).split("-", -1);
    long from = Long.decode(ends[0]);
    return new long[] {from, ends.length == 1 ? from : Long.decode(ends[1])};
  }

  private static boolean isRange(String item) {
    return item.startsWith("nr ") && item.contains("-");
  }

  private Set<String> excluded(Rule rule) {
    return excluded.computeIfAbsent(rule, this::findExcluded);
  }

  private Set<String> findExcluded(Rule rule) {
    Set<String> out = new TreeSet<>();
    for (String item : rule.items) {
      if (item.startsWith("~")) {
        out.addAll(names(item.substring(1)));
        out.add(item.substring(1));
      }
    }
    return out;
  }

  /** The calls that a rule names and does not exclude. */
  private Set<String> named(Rule rule) {
    return named.computeIfAbsent(rule, this::findNamed);
  }

  private Set<String> findNamed(Rule rule) {
    Set<String> names = new LinkedHashSet<>();
    for (String item : rule.items) {
      boolean number = item.startsWith("nr ");
      if (!item.startsWith("~") && !isRange(item) && !(number && rule.condition != null)) {
        names.addAll(names(item));
      }
    }
    names.removeAll(excluded(rule));
    return names;
  }

  /** Whether a rule lists the number itself. */
  private boolean hasNumber(Rule rule, long number) {
    boolean out = facts.names(number).stream().anyMatch(excluded(rule)::contains);
    boolean in = false;
    for (String item : rule.items) {
      boolean excludes = item.startsWith("~");
      boolean holds = isOf(excludes ? item.substring(1) : item, number);
      out |= excludes && holds;
      in |= !excludes && holds;
    }
    return in && !out;
  }

  private boolean isOf(String item, long number) {
    if (item.equals("@unknown-calls")) {
      return facts.names(number).isEmpty();
    } else if (item.equals("@newer-calls")) {
      return number >= newer;
    }
    return item.startsWith("nr ") && number >= range(item)[0] && number <= range(item)[1];
  }

  /**
   * The first number above those that the policy names.
   *
   * @param all whether a call that only a mapped rule with a condition names counts, which the page
   *     leaves open
   */
  private long newer(boolean all) {
    long largest = -1;
    for (Rule rule : rules) {
      for (String name : named(rule)) {
        largest = Math.max(largest, facts.madeBy(name));
      }
      boolean maps = mapped && !rule.intent && (all || rule.condition == null);
      for (String item : maps ? rule.items : List.<String>of()) {
        for (CallFacts.Variant variant : facts.variants(item)) {
          boolean out = excluded(rule).contains(item) || excluded(rule).contains(variant.name());
          largest = out ? largest : Math.max(largest, facts.madeBy(variant.name()));
        }
      }
    }
    return 1 + (largest < 0 ? facts.largest() : largest);
  }

  /**
   * The verdicts that the policy may give a call, of which the page leaves the choice if rules of
   * several names deny it, or allow it.
   *
   * @param number of the call
   * @param arguments its registers
   */
  Set<Long> decide(long number, long[] arguments) {
    Set<Long> verdicts = new TreeSet<>();
    for (boolean all : new boolean[] {false, true}) {
      newer = newer(all);
      verdicts.addAll(decideAbove(number, arguments));
    }
    return verdicts;
  }

  private Set<Long> decideAbove(long number, long[] arguments) {
    if (facts.isX8664() && number >= 0x4000_0000L) {
      return Set.of(ACTIONS.get("kill-process"));
    }
    for (long mark : marks) {
      // SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_LOG
      boolean begins = (int) arguments[0] == 1 && (int) arguments[1] == (logs ? 3 : 1);
      if (facts.names(number).contains("seccomp") && begins && arguments[3] == mark) {
        return Set.of(ACTIONS.get("allow"));
      }
    }
    List<Way> ways = ways(number, arguments);
    if (sockets.isPresent()
        && ways.stream().anyMatch(way -> sockets.get().refuse(way, arguments))) {
      return Set.of(ERRNO | 13);
    }
    for (Way way : ways) {
      Optional<Set<Long>> merged = merged(way, number, arguments);
      if (merged.isPresent()) {
        return merged.get();
      }
    }
    for (Rule rule : rules) {
      if (applies(rule, ways, number, arguments)) {
        return Set.of(rule.action);
      }
    }
    return Set.of(otherwise);
  }

  /** The calls that a number makes. */
  private List<Way> ways(long number, long[] arguments) {
    List<Way> ways = new ArrayList<>();
    for (String name : facts.names(number)) {
      ways.add(new Way(name, Way.ALL, Optional.empty()));
      facts
          .passedOn(name, arguments[0])
          .ifPresent(to -> ways.add(new Way(to.call(), to.registers(), Optional.of(name))));
    }
    return ways;
  }

  private boolean applies(Rule rule, List<Way> ways, long number, long[] arguments) {
    boolean itself = hasNumber(rule, number) && hasRegisters(rule, arguments);
    Set<String> names = named(rule);
    for (Way way : ways) {
      itself |= names.contains(way.call) && isMade(rule, way) && holds(rule, way, arguments);
    }
    return itself;
  }

  /** Whether the condition of a rule holds for whole registers. */
  private boolean hasRegisters(Rule rule, long[] arguments) {
    Way raw = new Way("", Way.ALL, Optional.empty());
    return rule.condition == null || condition(rule.condition, raw, arguments).orElseThrow();
  }

  /** Whether a rule covers a way: it may exclude socketcall or ipc. */
  private boolean isMade(Rule rule, Way way) {
    return way.through.isEmpty() || !excluded(rule).contains(way.through.get());
  }

  private boolean holds(Rule rule, Way way, long[] arguments) {
    return rule.condition == null || condition(rule.condition, way, arguments).orElse(!rule.lets());
  }

  /** Whether a condition holds; empty if it is about arguments that a filter cannot see. */
  private Optional<Boolean> condition(String text, Way way, long[] arguments) {
    if (way.through.isEmpty() && facts.isInMemory(way.call)) {
      return Optional.empty();
    }
    ConditionValue value =
        new ConditionValue(text, facts, way.call, name -> constants.getOrDefault(name, List.of()));
    return value.of(
        index -> {
          int register = index < way.registers.size() ? way.registers.get(index) : -1;
          return register < 0 ? Optional.empty() : Optional.of(arguments[register]);
        });
  }

  /** What the rules of several names say of one call, if map_missing_calls makes them meet. */
  private Optional<Set<Long>> merged(Way way, long number, long[] arguments) {
    SortedMap<Integer, Long> refusals = new TreeMap<>();
    SortedMap<Integer, Long> allowances = new TreeMap<>();
    boolean unsure = false;
    boolean any = false;
    for (CallFacts.Variant variant :
        mapped ? facts.variantsOf(way.call) : List.<CallFacts.Variant>of()) {
      List<Integer> registers = new ArrayList<>();
      for (int to : variant.arguments()) {
        registers.add(to < 0 || to >= way.registers.size() ? -1 : way.registers.get(to));
      }
      boolean decided = false;
      for (Rule rule : rules) {
        Set<String> out = excluded(rule);
        boolean lists = rule.items.contains(variant.call());
        if (lists && rule.intent && rule.condition == null && !decided) {
          unsure = true; // a later rule that names the call may count, or not
        }
        if (!lists || rule.intent || out.contains(variant.call()) || out.contains(way.call)) {
          continue;
        }
        any = true;
        if (decided || !isMade(rule, way)) {
          continue;
        }
        boolean known = true;
        boolean holds = true;
        if (rule.condition != null) {
          ConditionValue value =
              new ConditionValue(
                  rule.condition, facts, variant, name -> constants.getOrDefault(name, List.of()));
          Optional<Boolean> result =
              value.of(
                  index -> {
                    int register = index < registers.size() ? registers.get(index) : -1;
                    return register < 0 ? Optional.empty() : Optional.of(arguments[register]);
                  });
          known = result.isPresent();
          holds = result.orElse(!rule.lets());
        }
        if (holds && rule.lets() && test(variant.same(), way, arguments, false)) {
          allowances.putIfAbsent(rules.indexOf(rule), rule.action);
        } else if (holds && !rule.lets() && test(variant.like(), way, arguments, true)) {
          refusals.putIfAbsent(rules.indexOf(rule), rule.action);
        }
        decided = holds && known;
      }
    }
    if (!any) {
      return Optional.empty();
    }
    int direct = Integer.MAX_VALUE; // where a rule is about the number, not the call
    boolean decided = false;
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      boolean byNumber = hasNumber(rule, number) && hasRegisters(rule, arguments);
      boolean own = named(rule).contains(way.call) && isMade(rule, way);
      own = own && holds(rule, way, arguments);
      if (way.through.isPresent()) {
        Way itself = new Way(way.through.get(), Way.ALL, Optional.empty());
        byNumber |= named(rule).contains(itself.call) && holds(rule, itself, arguments);
        direct = byNumber ? Math.min(direct, i) : direct;
      } else {
        own |= byNumber;
      }
      if (own && !decided) {
        decided = true;
        (rule.lets() ? allowances : refusals).putIfAbsent(i, rule.action);
      }
    }
    if (unsure) {
      Set<Long> all = new TreeSet<>(refusals.values());
      all.addAll(allowances.values());
      all.add(otherwise);
      return Optional.of(all);
    }
    boolean refused = !refusals.isEmpty() && refusals.firstKey() <= direct;
    if (direct < Integer.MAX_VALUE && !refused) {
      return Optional.of(Set.of(rules.get(direct).action));
    }
    Set<Long> verdicts = new TreeSet<>(refused ? refusals.values() : allowances.values());
    return Optional.of(verdicts.isEmpty() ? Set.of(otherwise) : verdicts);
  }

  private boolean test(String text, Way way, long[] arguments, boolean unseen) {
    return text.isEmpty() || condition(text, way, arguments).orElse(unseen);
  }

  /** What {@code other-sockets: deny} refuses. */
  private record Sockets(boolean tcp, boolean udp, boolean unix, boolean listen) {
    static Optional<Sockets> of(Map<?, ?> section) {
      if (section == null) {
        return Optional.empty();
      }
      boolean ports = section.containsKey("connect") || section.containsKey("bind");
      boolean udp = section.containsKey("connect-udp") || section.containsKey("bind-udp");
      boolean unix = section.containsKey("connect-unix");
      if (!(ports || udp || unix) || "allow".equals(section.get("other-sockets"))) {
        return Optional.empty();
      }
      int abi = 10; // require: what the keys take is there
      if (section.get("kernel") instanceof Map<?, ?> kernel) {
        abi = "warn".equals(kernel.get("below")) ? 0 : (Integer) kernel.get("at-least");
      }
      List<?> bind = list(section, "bind");
      return Optional.of(new Sockets(ports, udp && abi >= 10, unix && abi >= 9, bind.isEmpty()));
    }

    boolean refuse(Way way, long[] arguments) {
      boolean hidden = way.through.isPresent();
      int type = (int) arguments[1] & 15;
      return switch (way.call) {
        case "socket" -> hidden || !isCovered((int) arguments[0], type, (int) arguments[2]);
        case "socketpair" ->
            hidden || !((int) arguments[0] == 1 && (type == 1 || type == 5)); // AF_UNIX
        case "sendto", "send", "sendmmsg" -> hidden || (arguments[3] & 0x2000_0000L) != 0;
        case "sendmsg" -> hidden || (arguments[2] & 0x2000_0000L) != 0; // MSG_FASTOPEN
        case "io_uring_setup", "io_uring_enter", "io_uring_register" -> true;
        case "listen" -> listen;
        default -> false;
      };
    }

    private boolean isCovered(int family, int type, int protocol) {
      boolean ip = family == 2 || family == 10; // AF_INET, AF_INET6
      return (tcp && ip && type == 1 && (protocol == 0 || protocol == 6))
          || (udp && ip && type == 2 && (protocol == 0 || protocol == 17))
          || (unix && family == 1);
    }
  }
}
