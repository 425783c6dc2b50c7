package dev.hardwire.learn.paths;

import dev.hardwire.learn.paths.MergedPaths.Reason;
import dev.hardwire.learn.paths.Uses.PortUse;
import dev.hardwire.learn.paths.Uses.SocketCall;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Position;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The section {@code landlock:} under which a program does again what it did.
 *
 * @param landlock the section
 * @param reasons comments for the rules, by the list and the item, such as {@code read /usr}
 * @param warnings what the program did and the section does not allow, one sentence each
 */
public record Proposal(Landlock landlock, Map<String, String> reasons, List<String> warnings) {
  /** More rules are no proposal. */
  static final int MOST_RULES = 500;

  private static final int MOST_MISSING = 32;
  private static final int MOST_WARNINGS = 20;
  private static final Set<PathUse> WRITES =
      Set.of(PathUse.WRITE, PathUse.CREATE, PathUse.MAKE, PathUse.REMOVE);

  /** The default of /proc/sys/net/ipv4/ip_local_port_range. */
  private static final int FIRST_EPHEMERAL = 32_768;

  private static final int LAST_EPHEMERAL = 60_999;

  /** What the C library asks before it looks up a host; it does without the answer. */
  private static final String ADDRESSES = "RTM_GETADDR";

  public Proposal {
    reasons = Map.copyOf(reasons);
    warnings = List.copyOf(warnings);
  }

  /**
   * Makes a proposal.
   *
   * @param asked directories that the user grants as a whole if something below them was used
   * @param abi the version of Landlock's ABI whose rights may be used
   * @throws IllegalArgumentException if there are too many paths; the message says so
   */
  public static Proposal of(Uses uses, Set<String> asked, int abi) {
    return new Maker(uses, asked, abi).proposal();
  }

  /**
   * The same where a program stands in another place: what may be done with the program may be done
   * with it there, too. The rules for it are optional, since it may be moved.
   *
   * @param path where it stands
   * @param programs the paths of the program
   */
  public Proposal alsoAt(String path, Set<String> programs) {
    Landlock.Builder more = landlock.toBuilder();
    landlock.read().ifPresent(rules -> more.read(alsoAt(path, programs, rules)));
    landlock.execute().ifPresent(rules -> more.execute(alsoAt(path, programs, rules)));
    return new Proposal(more.build(), reasons, warnings);
  }

  private static List<PathRule> alsoAt(String path, Set<String> programs, List<PathRule> rules) {
    List<PathRule> more = new ArrayList<>(rules);
    boolean isCovered = rules.stream().anyMatch(rule -> covers(rule, path));
    if (!isCovered && rules.stream().anyMatch(r -> programs.stream().anyMatch(p -> covers(r, p)))) {
      more.add(new PathRule(path, true, Position.NONE));
    }
    return more;
  }

  private static boolean covers(PathRule rule, String path) {
    return Path.of(path).startsWith(rule.path());
  }

  private static final class Maker {
    private final Uses uses;
    private final Set<String> asked;
    private final int abi;
    private final Places places;
    private final MergedPaths read;
    private final MergedPaths write;
    private final MergedPaths execute;
    private final Map<String, String> reasons = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();

    /** The first places of calls that {@code other-sockets: deny} would refuse. */
    private final SortedMap<String, Uses.Seen> others = new TreeMap<>();

    Maker(Uses uses, Set<String> asked, int abi) {
      this.uses = uses;
      this.asked = asked;
      this.abi = abi;
      this.places = new Places(uses);
      this.read = new MergedPaths(false, asked);
      this.write = new MergedPaths(true, asked);
      this.execute = new MergedPaths(true, asked);
    }

    Proposal proposal() {
      uses.paths.forEach(this::need);
      read.merge();
      write.merge();
      follow();
      List<PathRule> readable = rules("read", read);
      looked().forEach(path -> readable.add(new PathRule(path, true, Position.NONE)));
      List<PathRule> writable = rules("write", write);
      List<PathRule> executable = rules("execute", execute);
      Landlock.Builder section = Landlock.builder().read(readable);
      if (!writable.isEmpty()) {
        section.write(writable);
      }
      if (!executable.isEmpty()) {
        section.execute(executable);
      }
      addSockets(section);
      uses.of(SocketCall.FORBIDDEN)
          .forEach(
              (call, seen) ->
                  warn("%s (first at %s): Landlock refuses it".formatted(call, seen.first())));
      return new Proposal(section.build(), reasons, warnings);
    }

    private static int[] ports(Map<Integer, Uses.Seen> used) {
      return used.keySet().stream().mapToInt(Integer::intValue).toArray();
    }

    private void warn(String text) {
      if (warnings.size() < MOST_WARNINGS) {
        warnings.add(text);
      } else if (warnings.size() == MOST_WARNINGS) {
        warnings.add("and more");
      }
    }

    private void need(String path, Map<PathUse, Uses.Seen> ways) {
      // the kernel opens what it executes for reading, too
      need("read", read, places.of(path, false), ways, Set.of(PathUse.READ, PathUse.EXECUTE));
      need("execute", execute, places.of(path, true), ways, Set.of(PathUse.EXECUTE));
      need("write", write, places.of(path, true), ways, WRITES);
    }

    private void need(
        String list,
        MergedPaths rules,
        String path,
        Map<PathUse, Uses.Seen> ways,
        Set<PathUse> needing) {
      ways.entrySet().stream()
          .filter(way -> needing.contains(way.getKey()))
          .findFirst()
          .ifPresent(way -> add(list, rules, path, new Reason(1, way.getValue().first())));
    }

    private void add(String list, MergedPaths rules, String path, Reason reason) {
      if (PathText.isNever(path) && !asked.contains(path)) {
        warn(
            "%s of %s as a whole (first at %s) is not proposed; --merge %s grants it"
                .formatted(list, path, reason.first(), path));
      } else {
        rules.add(path, reason);
      }
    }

    /** What is moved must not gain rights: what the target grants, the source grants. */
    private void follow() {
      boolean changed = true;
      for (int pass = 0; changed && pass < 10; pass++) {
        changed = false;
        for (Uses.Move move : uses.moves) {
          String from = places.of(move.from(), false);
          if (read.covers(places.of(move.to(), false)) && !read.covers(from)) {
            int before = read.rules().size();
            add("read", read, from, new Reason(1, "a move from it"));
            changed |= read.rules().size() > before;
          }
        }
      }
      read.merge();
    }

    private List<PathRule> rules(String list, MergedPaths merged) {
      SortedMap<String, Reason> rules = merged.rules();
      if (rules.size() > MOST_RULES) {
        throw new IllegalArgumentException(
            "%,d paths under %s are too many for rules; --merge DIR joins those below a directory"
                .formatted(rules.size(), list));
      }
      rules.forEach(
          (path, reason) ->
              reasons.put(
                  list + " " + path,
                  "%,d %s, first at %s"
                      .formatted(
                          reason.paths(), reason.paths() == 1 ? "path" : "paths", reason.first())));
      List<PathRule> all = new ArrayList<>();
      rules.keySet().forEach(path -> all.add(new PathRule(path, false, Position.NONE)));
      return all;
    }

    /** Files that were missing and may be there the next time. */
    private List<String> looked() {
      MergedPaths missing = new MergedPaths(false, asked);
      uses.paths.forEach(
          (path, ways) -> {
            boolean only = ways.keySet().equals(Set.of(PathUse.MISS));
            if (only && places.of(path, false).equals(path) && !read.covers(path)) {
              missing.add(path, new Reason(1, ways.get(PathUse.MISS).first()));
            }
          });
      missing.mergeExcept(read.rules().keySet());
      List<String> found = new ArrayList<>();
      missing
          .rules()
          .forEach(
              (path, reason) -> {
                if (found.size() < MOST_MISSING && !PathText.isNever(path)) {
                  found.add(path);
                  reasons.put("read ?" + path, "missing, looked for at " + reason.first());
                }
              });
      if (missing.rules().size() > MOST_MISSING) {
        warn(
            "%,d files were looked for and missing; %d of them have a rule"
                .formatted(missing.rules().size(), MOST_MISSING));
      }
      return found;
    }

    private static boolean isEphemeral(int port) {
      return port >= FIRST_EPHEMERAL && port <= LAST_EPHEMERAL;
    }

    /** The kernel gives out such ports, so the next run has others. */
    private void leaveOutEphemeral(String list, Map<Integer, Uses.Seen> ports) {
      ports
          .entrySet()
          .removeIf(
              used -> {
                boolean leftOut = isEphemeral(used.getKey());
                if (leftOut) {
                  warn(
                      "%s: %d (first at %s) is not proposed, since the kernel gives out ports from %d to %d; add it if it is always the same"
                          .formatted(
                              list,
                              used.getKey(),
                              used.getValue().first(),
                              FIRST_EPHEMERAL,
                              LAST_EPHEMERAL));
                }
                return leftOut;
              });
    }

    private void addSockets(Landlock.Builder section) {
      others.putAll(uses.of(SocketCall.OTHER));
      if (!uses.of(SocketCall.QUESTION).keySet().equals(Set.of(ADDRESSES))) {
        others.putAll(uses.of(SocketCall.ROUTE));
      }
      boolean ports = uses.network && addPorts(section);
      boolean datagrams = !uses.of(SocketCall.UDP).isEmpty() && addUdpPorts(section);
      boolean unix = !uses.of(SocketCall.UNIX).isEmpty() && addUnixSockets(section);
      if (ports || datagrams || unix) {
        section.otherSockets(!others.isEmpty());
        others.forEach((call, seen) -> reason("other-sockets", call + " at " + seen.first()));
        if (unix && others.isEmpty()) {
          section.scope(Landlock.Scope.ABSTRACT_UNIX_SOCKET);
        }
      }
    }

    private boolean addPorts(Landlock.Builder section) {
      Map<Integer, Uses.Seen> connects = uses.of(PortUse.CONNECT);
      Map<Integer, Uses.Seen> binds = uses.of(PortUse.BIND);
      if (uses.listensAnywhere && binds.isEmpty()) {
        uses.add(PortUse.BIND, 0, "a socket that listens without a port");
      }
      if (connects.size() > Uses.MOST_PORTS || binds.size() > Uses.MOST_PORTS) {
        warn("more than %d TCP ports: no rules for ports".formatted(Uses.MOST_PORTS));
        return false;
      }
      leaveOutEphemeral("connect", connects);
      leaveOutEphemeral("bind", binds);
      note("connect", connects);
      note("bind", binds);
      section.connect(ports(connects)).bind(ports(binds));
      return true;
    }

    private boolean addUdpPorts(Landlock.Builder section) {
      Map<Integer, Uses.Seen> sends = uses.of(PortUse.SEND_UDP);
      Map<Integer, Uses.Seen> binds = uses.of(PortUse.BIND_UDP);
      Optional<Integer> answered = sends.keySet().stream().filter(Maker::isEphemeral).findAny();
      boolean many = sends.size() > Uses.MOST_PORTS || binds.size() > Uses.MOST_PORTS;
      if (abi < Landlock.UDP || many || answered.isPresent()) {
        if (abi >= Landlock.UDP) {
          warn(
              many
                  ? "more than %d UDP ports: no rules for UDP".formatted(Uses.MOST_PORTS)
                  : "datagrams to port %d (first at %s), which the kernel gives out: no rules for UDP"
                      .formatted(answered.get(), sends.get(answered.get()).first()));
        }
        others.putAll(uses.of(SocketCall.UDP));
        return false;
      }
      leaveOutEphemeral("bind-udp", binds);
      if (uses.getsUdpPorts && !binds.isEmpty()) {
        uses.add(PortUse.BIND_UDP, 0, "a socket without a port that sends");
      }
      note("connect-udp", sends);
      note("bind-udp", binds);
      section.connectUdp(ports(sends));
      if (!binds.isEmpty()) {
        section.bindUdp(ports(binds));
      }
      return true;
    }

    /** Rules for sockets of others, which may be missing; the kernel leaves the program its own. */
    private boolean addUnixSockets(Landlock.Builder section) {
      boolean many = uses.of(SocketCall.REACH).size() > Uses.MOST_PORTS;
      if (abi < Landlock.UNIX || many) {
        if (many) {
          warn("more than %d unix sockets: no rules for them".formatted(Uses.MOST_PORTS));
        }
        others.putAll(uses.of(SocketCall.UNIX));
        return false;
      }
      List<PathRule> rules = new ArrayList<>();
      uses.of(SocketCall.REACH)
          .forEach(
              (path, seen) -> {
                if (!PathText.isExpressible(path)) {
                  warn(
                      "connect-unix: %s (first at %s) is not proposed"
                          .formatted(path, seen.first()));
                } else if (!uses.paths.getOrDefault(path, Map.of()).containsKey(PathUse.MAKE)) {
                  rules.add(new PathRule(path, true, Position.NONE));
                  reasons.put("connect-unix ?" + path, "first at " + seen.first());
                }
              });
      section.connectUnix(rules);
      return true;
    }

    private void note(String list, Map<Integer, Uses.Seen> used) {
      used.forEach((port, seen) -> reason(list, "%d: first at %s".formatted(port, seen.first())));
    }

    private void reason(String key, String text) {
      reasons.merge(key, text, (one, other) -> one + "; " + other);
    }
  }

  /** The paths that exist when the program starts again, and so can have rules. */
  private static final class Places {
    private static final Set<PathUse> CHANGES = Set.of(PathUse.MAKE, PathUse.REMOVE);

    private final Uses uses;

    Places(Uses uses) {
      this.uses = uses;
    }

    /**
     * The path of a rule for another path: itself, or the nearest directory that was there before
     * and that a policy can name.
     *
     * @param write whether it is changed
     */
    String of(String path, boolean write) {
      String made = topmost(path);
      String place =
          made == null ? path : made.equals(path) && stays(path) ? path : PathText.parent(made);
      while (!PathText.isExpressible(place)) {
        place = PathText.parent(place);
      }
      return PathText.lasting(place, write);
    }

    /** The topmost of a path and its directories that was made or removed; null if none was. */
    private String topmost(String path) {
      String found = null;
      for (String at = path; !at.equals("/"); at = PathText.parent(at)) {
        Map<PathUse, Uses.Seen> ways = uses.paths.get(at);
        if (ways != null
            && (ways.containsKey(PathUse.CREATE) || CHANGES.stream().anyMatch(ways::containsKey))) {
          found = at;
        }
      }
      return found;
    }

    /**
     * Whether a file that may have been made is there the next time, and its directory can have no
     * rule: /dev/null, a file in /etc.
     */
    private boolean stays(String path) {
      String directory = PathText.parent(path);
      boolean alone = PathText.isNever(directory) || PathText.isBelow(directory, "/dev");
      return alone
          && PathText.isExpressible(path)
          && CHANGES.stream().noneMatch(uses.paths.get(path)::containsKey);
    }
  }
}
