package dev.hardwire.learn.paths;

import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** What some processes did with files and sockets. */
public final class Uses {
  /** How many moves between directories are remembered. */
  private static final int MOST_MOVES = 1000;

  /** How many ports are remembered; more are no list that a policy should have. */
  static final int MOST_PORTS = 64;

  /** How often, and where first. */
  static final class Seen {
    private long count;
    private final String first;

    private Seen(String first) {
      this.first = first;
    }

    long count() {
      return count;
    }

    String first() {
      return first;
    }
  }

  /** A name that moved from one directory to another, or became a second name there. */
  record Move(String from, String to) {}

  final SortedMap<String, Map<PathUse, Seen>> paths = new TreeMap<>();
  final SortedMap<Integer, Seen> connects = new TreeMap<>();
  final SortedMap<Integer, Seen> binds = new TreeMap<>();
  final Set<Move> moves = new LinkedHashSet<>();

  /** The first places of calls by their names; see the methods that add them. */
  final SortedMap<String, Seen> otherSockets = new TreeMap<>();

  final SortedMap<String, Seen> forbidden = new TreeMap<>();

  /** Whether a socket listened that had no port. */
  boolean listensAnywhere;

  /** Whether it made a socket for IP. */
  boolean network;

  /**
   * Adds the use of a path.
   *
   * @return whether it was not known before
   */
  public boolean path(String path, PathUse way, String place) {
    Map<PathUse, Seen> ways = paths.computeIfAbsent(path, key -> new EnumMap<>(PathUse.class));
    boolean added = ways.isEmpty();
    see(ways, way, place, PathUse.values().length);
    return added;
  }

  /** Adds a move between two directories. */
  public void move(String from, String to) {
    if (moves.size() < MOST_MOVES) {
      moves.add(new Move(from, to));
    }
  }

  /** Adds a connection to a TCP port. */
  public void connect(int port, String place) {
    see(connects, port, place, MOST_PORTS + 1);
  }

  /** Adds the binding of a socket to a TCP port. */
  public void bind(int port, String place) {
    see(binds, port, place, MOST_PORTS + 1);
  }

  /** A TCP socket listens to which no port was given. */
  public void listen() {
    listensAnywhere = true;
  }

  /** A socket for IP was made. */
  public void network() {
    network = true;
  }

  /** Adds a call that {@code other-sockets: deny} refuses. */
  public void otherSocket(String call, String place) {
    see(otherSockets, call, place, MOST_PORTS);
  }

  /** Adds a call that Landlock refuses whatever a policy says. */
  public void forbidden(String call, String place) {
    see(forbidden, call, place, MOST_PORTS);
  }

  private static <K> void see(Map<K, Seen> map, K key, String place, int most) {
    if (map.size() < most || map.containsKey(key)) {
      map.computeIfAbsent(key, k -> new Seen(place)).count++;
    }
  }

  /** Adds those of other processes. */
  public void addAll(Uses other) {
    other.paths.forEach(
        (path, ways) ->
            addAll(paths.computeIfAbsent(path, key -> new EnumMap<>(PathUse.class)), ways, 100));
    addAll(connects, other.connects, MOST_PORTS + 1);
    addAll(binds, other.binds, MOST_PORTS + 1);
    addAll(otherSockets, other.otherSockets, MOST_PORTS);
    addAll(forbidden, other.forbidden, MOST_PORTS);
    other.moves.forEach(move -> move(move.from(), move.to()));
    listensAnywhere |= other.listensAnywhere;
    network |= other.network;
  }

  private static <K> void addAll(Map<K, Seen> own, Map<K, Seen> others, int most) {
    others.forEach(
        (key, seen) -> {
          if (own.size() < most || own.containsKey(key)) {
            own.computeIfAbsent(key, k -> new Seen(seen.first)).count += seen.count;
          }
        });
  }

  /** Programs that were executed. */
  public Set<String> executed() {
    Set<String> found = new LinkedHashSet<>();
    paths.forEach(
        (path, ways) -> {
          if (ways.containsKey(PathUse.EXECUTE)) {
            found.add(path);
          }
        });
    return found;
  }

  /** Whether nothing was done. */
  public boolean isEmpty() {
    return paths.isEmpty()
        && connects.isEmpty()
        && binds.isEmpty()
        && otherSockets.isEmpty()
        && forbidden.isEmpty()
        && !listensAnywhere
        && !network;
  }
}
