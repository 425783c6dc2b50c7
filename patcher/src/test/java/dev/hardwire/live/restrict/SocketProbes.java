package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.policy.Landlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Ways to sockets and ports, and which of them policies leave on a kernel. */
public final class SocketProbes {
  private static final int UNIX = 1;
  private static final int IPV4 = 2;
  private static final int IPV6 = 10;
  private static final int NETLINK = 16;
  private static final int PACKET = 17;
  private static final String DENIED = "EACCES";

  /** Prefixes of attempts under a Landlock ruleset, made by hand, which refuses every port. */
  static final String LANDLOCK_ALONE = "landlock:0:3:0:";

  private static final String UDP_ALONE = "landlock:0:12:0:";

  private static final List<String> FAST_OPEN =
      List.of("sendto-fastopen:1", "sendmsg-fastopen:1", "sendmmsg-fastopen:1");

  /** What {@code try-access} tries. Ports 1 and 3 are those that policies allow. */
  public static final List<String> ATTEMPTS = attempts();

  /**
   * A policy.
   *
   * @param keys of {@code landlock:}, without {@code kernel:}
   */
  public record Row(String keys, boolean tcp, boolean udp, boolean unix) {
    /** The section, for kernels from a version of Landlock's ABI on; older ones get a warning. */
    public String section(int abi) {
      String kernel = "kernel: {at-least: %d%s}".formatted(abi, abi == 0 ? ", below: warn" : "");
      return "landlock: {" + keys + ", " + kernel + "}";
    }

    private boolean others() {
      return keys.contains("other-sockets: allow");
    }

    /**
     * The result of an attempt.
     *
     * @param plain the results without a policy
     * @param demand the version of the ABI that the section demands
     */
    private String expected(String attempt, Map<String, String> plain, int demand) {
      for (String alone : List.of(LANDLOCK_ALONE, UDP_ALONE)) {
        if (attempt.startsWith(alone)) {
          String covered = expected(attempt.substring(alone.length()), plain, demand);
          return covered.equals(DENIED) ? DENIED : plain.get(attempt);
        }
      }
      String[] words = attempt.split(":", -1);
      boolean udpHere = udp && demand >= Landlock.UDP;
      boolean unixHere = unix && demand >= Landlock.UNIX;
      boolean possible =
          switch (words[0]) {
            case "socket" ->
                isPossible(
                    Integer.parseInt(words[1]),
                    Integer.parseInt(words[2]),
                    Integer.parseInt(words[3]),
                    udpHere,
                    unixHere);
            case "pair-stream", "pair-seqpacket" -> true;
            case "pair-datagram", "uring" -> others();
            case "sendto-fastopen", "sendmsg-fastopen", "sendmmsg-fastopen" -> {
              yield others() && port("connect", words[1], tcp, tcp && isDenied(plain, attempt));
            }
            case "listen" -> others() || (tcp && keys.contains(" bind: [3]"));
            case "connect" -> port("connect", words[1], tcp, tcp && isDenied(plain, attempt));
            case "bind" -> port("bind", words[1], tcp, tcp && isDenied(plain, attempt));
            case "connect-udp", "udp" ->
                // a socket without a port gets a free one
                port("connect-udp", words[1], udpHere, udpHere && isDenied(plain, attempt))
                    && (!udpHere || port("bind-udp", "0", true, isDenied(plain, attempt)));
            case "bind-udp" ->
                port("bind-udp", words[1], udpHere, udpHere && isDenied(plain, attempt));
            default -> throw new IllegalArgumentException(attempt);
          };
      return possible ? plain.get(attempt) : DENIED;
    }

    /** Whether the kernel refuses it under a ruleset that refuses all. */
    private static boolean isDenied(Map<String, String> plain, String attempt) {
      String alone = attempt.contains("udp:") ? UDP_ALONE : LANDLOCK_ALONE;
      return plain.get(alone + attempt).equals(DENIED);
    }

    private boolean isPossible(
        int family, int type, int protocol, boolean udpHere, boolean unixHere) {
      boolean ip = family == IPV4 || family == IPV6;
      return others()
          || (tcp && ip && type == 1 && (protocol == 0 || protocol == 6))
          || (udpHere && ip && type == 2 && (protocol == 0 || protocol == 17))
          || (unixHere && family == UNIX);
    }

    private boolean port(String key, String port, boolean covered, boolean restricted) {
      Matcher list = Pattern.compile(" " + key + ": \\[([0-9, ]*)]").matcher(keys);
      boolean listed = list.find() && List.of(list.group(1).split(", ", -1)).contains(port);
      return (covered || others()) && (!restricted || listed);
    }
  }

  /** Policies for each kernel that restricts TCP ports, and for those without Landlock. */
  public static final List<Row> ROWS =
      List.of(
          new Row(" connect: [1]", true, false, false),
          new Row(" bind: [3]", true, false, false),
          new Row(" connect: [1], bind: [3]", true, false, false),
          new Row(" connect: [1], other-sockets: allow", true, false, false),
          new Row(" bind: [3], other-sockets: allow", true, false, false),
          new Row(" connect: [1], bind: [3], other-sockets: allow", true, false, false),
          new Row(
              " connect: [1], bind: [3], connect-udp: [1], bind-udp: [0, 3], connect-unix: [/],"
                  + " scope: [abstract-unix-socket]",
              true,
              true,
              true));

  /** Policies that leave TCP out; for kernels that restrict UDP and unix sockets. */
  public static final List<Row> NEWEST =
      List.of(
          new Row(" connect-udp: [1], bind-udp: [3]", false, true, false),
          new Row(" bind-udp: [3]", false, true, false),
          new Row(" connect-unix: [/], scope: [abstract-unix-socket]", false, false, true));

  private SocketProbes() {}

  private static List<String> attempts() {
    List<String> attempts = new ArrayList<>();
    for (int family : new int[] {UNIX, IPV4, IPV6, NETLINK, PACKET}) {
      for (int type : new int[] {1, 2, 3, 5}) { // SOCK_STREAM, DGRAM, RAW, SEQPACKET
        for (int protocol : new int[] {0, 6, 17}) { // IPPROTO_TCP, UDP
          attempts.add("socket:%d:%d:%d".formatted(family, type, protocol));
        }
      }
    }
    for (int family : new int[] {IPV4, IPV6}) {
      attempts.add("socket:" + family + ":1:262"); // IPPROTO_MPTCP
      attempts.add("socket:" + family + ":1:132"); // IPPROTO_SCTP
      attempts.add("socket:" + family + ":2:136"); // IPPROTO_UDPLITE
    }
    attempts.addAll(List.of("pair-stream", "pair-datagram", "pair-seqpacket", "listen", "uring"));
    List<String> ports = new ArrayList<>(FAST_OPEN);
    for (String key : List.of("connect", "bind", "connect-udp", "udp", "bind-udp")) {
      ports.add(key + (key.startsWith("bind") ? ":3" : ":1"));
      ports.add(key + (key.startsWith("bind") ? ":4" : ":2"));
    }
    for (String attempt : ports) {
      attempts.add(attempt);
      attempts.add((attempt.contains("udp:") ? UDP_ALONE : LANDLOCK_ALONE) + attempt);
    }
    return attempts;
  }

  /**
   * Checks the results of all attempts under a policy.
   *
   * @param plain those without a policy, of a second run: the first one makes the kernel load
   *     modules for sockets
   * @param demand the version of Landlock's ABI that the section demands, 0 for none
   */
  public static void check(
      Row row, Map<String, String> plain, Map<String, String> results, int demand) {
    assertThat(results.keySet()).containsExactlyElementsOf(ATTEMPTS);
    List<String> wrong = new ArrayList<>();
    for (String attempt : ATTEMPTS) {
      String expected = row.expected(attempt, plain, demand);
      if (!results.get(attempt).equals(expected)) {
        wrong.add("%s: %s, not %s".formatted(attempt, results.get(attempt), expected));
      }
    }
    assertThat(wrong).as("%s, ABI %d", row.keys(), demand).isEmpty();
  }
}
