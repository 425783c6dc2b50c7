package dev.hardwire.learn.paths;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
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
  final SortedMap<Integer, Seen> udpSends = new TreeMap<>();
  final SortedMap<Integer, Seen> udpBinds = new TreeMap<>();

  /** Paths of unix sockets that were connected or sent to. */
  final SortedMap<String, Seen> reached = new TreeMap<>();

  final Set<Move> moves = new LinkedHashSet<>();

  /** The first places of calls by their names; see the methods that add them. */
  final SortedMap<String, Seen> otherSockets = new TreeMap<>();

  final SortedMap<String, Seen> datagramSockets = new TreeMap<>();
  final SortedMap<String, Seen> unixSockets = new TreeMap<>();
  final SortedMap<String, Seen> routeSockets = new TreeMap<>();

  /** What was asked by route sockets. */
  final SortedMap<String, Seen> questions = new TreeMap<>();

  final SortedMap<String, Seen> forbidden = new TreeMap<>();

  /** Whether a socket listened that had no port. */
  boolean listensAnywhere;

  /** Whether a UDP socket that had no port was connected or sent, so that it got one. */
  boolean getsUdpPorts;

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

  /**
   * Adds datagrams to a UDP port, or a socket that is connected to it.
   *
   * @param isBound whether the socket had a port of its own
   */
  public void sendUdp(int port, boolean isBound, String place) {
    see(udpSends, port, place, MOST_PORTS + 1);
    getsUdpPorts |= !isBound;
  }

  /** Adds the binding of a socket to a UDP port. */
  public void bindUdp(int port, String place) {
    see(udpBinds, port, place, MOST_PORTS + 1);
  }

  /** Adds a unix socket that was connected or sent to. */
  public void reach(String path, String place) {
    see(reached, path, place, MOST_PORTS + 1);
  }

  /** A UDP socket was made. */
  public void datagramSocket(String call, String place) {
    see(datagramSockets, call, place, MOST_PORTS);
  }

  public void unixSocket(String call, String place) {
    see(unixSockets, call, place, MOST_PORTS);
  }

  /** A socket was made by which the kernel tells about addresses and routes. */
  public void routeSocket(String call, String place) {
    see(routeSockets, call, place, MOST_PORTS);
  }

  /** Adds a message to such a socket. */
  public void question(String type, String place) {
    see(questions, type, place, MOST_PORTS);
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

  public void addAll(Uses other) {
    other.paths.forEach(
        (path, ways) ->
            addAll(paths.computeIfAbsent(path, key -> new EnumMap<>(PathUse.class)), ways, 100));
    addAll(connects, other.connects, MOST_PORTS + 1);
    addAll(binds, other.binds, MOST_PORTS + 1);
    addAll(udpSends, other.udpSends, MOST_PORTS + 1);
    addAll(udpBinds, other.udpBinds, MOST_PORTS + 1);
    addAll(reached, other.reached, MOST_PORTS + 1);
    addAll(otherSockets, other.otherSockets, MOST_PORTS);
    addAll(datagramSockets, other.datagramSockets, MOST_PORTS);
    addAll(unixSockets, other.unixSockets, MOST_PORTS);
    addAll(routeSockets, other.routeSockets, MOST_PORTS);
    addAll(questions, other.questions, MOST_PORTS);
    addAll(forbidden, other.forbidden, MOST_PORTS);
    other.moves.forEach(move -> move(move.from(), move.to()));
    listensAnywhere |= other.listensAnywhere;
    getsUdpPorts |= other.getsUdpPorts;
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

  /**
   * What was done with a path.
   *
   * @param count how often it was used
   */
  public record FileUse(String path, Set<PathUse> ways, long count) {}

  /** All paths, sorted. */
  public List<FileUse> files() {
    List<FileUse> all = new ArrayList<>();
    paths.forEach(
        (path, ways) ->
            all.add(
                new FileUse(
                    path,
                    ways.keySet(),
                    ways.values().stream().mapToLong(Uses.Seen::count).sum())));
    return all;
  }

  /**
   * What was done with sockets.
   *
   * @param event such as {@code connect}
   * @param protocol {@code tcp}, {@code udp} or {@code unix}
   * @param address a port or a path
   */
  public record SocketUse(String event, String protocol, String address, long count) {}

  /** All ports, and the unix sockets that were reached. */
  public List<SocketUse> sockets() {
    List<SocketUse> all = new ArrayList<>();
    addTo(all, "connect", "tcp", connects);
    addTo(all, "bind", "tcp", binds);
    addTo(all, "send", "udp", datagramSockets.isEmpty() ? new TreeMap<>() : udpSends);
    addTo(all, "bind", "udp", datagramSockets.isEmpty() ? new TreeMap<>() : udpBinds);
    addTo(all, "connect", "unix", reached);
    return all;
  }

  private static void addTo(List<SocketUse> all, String event, String protocol, Map<?, Seen> used) {
    used.forEach(
        (address, seen) ->
            all.add(new SocketUse(event, protocol, address.toString(), seen.count())));
  }

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
        && datagramSockets.isEmpty()
        && unixSockets.isEmpty()
        && routeSockets.isEmpty()
        && otherSockets.isEmpty()
        && forbidden.isEmpty()
        && !listensAnywhere
        && !network;
  }
}
