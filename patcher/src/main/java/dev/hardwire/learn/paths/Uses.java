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

  /** What is done with a port. */
  public enum PortUse {
    /** A TCP connection to it. */
    CONNECT,
    /** A TCP socket is bound to it. */
    BIND,
    /** Datagrams to it, or a UDP socket that is connected to it. */
    SEND_UDP,
    /** A UDP socket is bound to it. */
    BIND_UDP
  }

  /** A call about sockets, or one that Landlock refuses. */
  public enum SocketCall {
    /** A UDP socket is made. */
    UDP,
    /** A unix socket is made. */
    UNIX,
    /** A socket is made by which the kernel tells about addresses and routes. */
    ROUTE,
    /** A message to such a socket, by its type. */
    QUESTION,
    /** A unix socket, by its path, is connected or sent to. */
    REACH,
    /** What {@code other-sockets: deny} refuses. */
    OTHER,
    /** What Landlock refuses whatever a policy says. */
    FORBIDDEN
  }

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
  private final Map<PortUse, SortedMap<Integer, Seen>> ports = new EnumMap<>(PortUse.class);
  private final Map<SocketCall, SortedMap<String, Seen>> sockets = new EnumMap<>(SocketCall.class);
  final Set<Move> moves = new LinkedHashSet<>();

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

  public void add(PortUse use, int port, String place) {
    see(of(use), port, place, MOST_PORTS + 1);
  }

  /**
   * Adds a call about sockets.
   *
   * @param text the call, or what {@code call} says
   */
  public void add(SocketCall call, String text, String place) {
    see(of(call), text, place, most(call));
  }

  /** A UDP socket that had no port was connected or sent, so that it got one. */
  public void sendWithoutPort() {
    getsUdpPorts = true;
  }

  /** A TCP socket listens to which no port was given. */
  public void listen() {
    listensAnywhere = true;
  }

  /** A socket for IP was made. */
  public void network() {
    network = true;
  }

  SortedMap<Integer, Seen> of(PortUse use) {
    return ports.computeIfAbsent(use, key -> new TreeMap<>());
  }

  SortedMap<String, Seen> of(SocketCall call) {
    return sockets.computeIfAbsent(call, key -> new TreeMap<>());
  }

  private static int most(SocketCall call) {
    return call == SocketCall.REACH ? MOST_PORTS + 1 : MOST_PORTS;
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
    other.ports.forEach((use, seen) -> addAll(of(use), seen, MOST_PORTS + 1));
    other.sockets.forEach((call, seen) -> addAll(of(call), seen, most(call)));
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
    addTo(all, "connect", "tcp", of(PortUse.CONNECT));
    addTo(all, "bind", "tcp", of(PortUse.BIND));
    if (!of(SocketCall.UDP).isEmpty()) {
      addTo(all, "send", "udp", of(PortUse.SEND_UDP));
      addTo(all, "bind", "udp", of(PortUse.BIND_UDP));
    }
    addTo(all, "connect", "unix", of(SocketCall.REACH));
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
        && ports.values().stream().allMatch(Map::isEmpty)
        && sockets.values().stream().allMatch(Map::isEmpty)
        && !listensAnywhere
        && !network;
  }
}
