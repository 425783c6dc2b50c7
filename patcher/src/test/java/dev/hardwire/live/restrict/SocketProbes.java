package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

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

  /** Prefix of an attempt that is made under a Landlock ruleset which refuses every TCP port. */
  static final String LANDLOCK_ALONE = "landlock-tcp:";

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
     */
    private String expected(String attempt, Map<String, String> plain, int abi) {
      if (attempt.startsWith(LANDLOCK_ALONE)) {
        String covered = expected(attempt.substring(LANDLOCK_ALONE.length()), plain, abi);
        return covered.equals(DENIED) ? DENIED : plain.get(attempt);
      }
      String[] words = attempt.split(":", -1);
      boolean udpHere = udp && abi >= 10;
      boolean unixHere = unix && abi >= 9;
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
              boolean restricted = plain.get(LANDLOCK_ALONE + attempt).equals(DENIED);
              yield others() && port("connect", words[1], tcp, tcp && restricted);
            }
            case "listen" -> others() || (tcp && keys.contains(" bind: [3]"));
            case "connect" -> port("connect", words[1], tcp, tcp && abi >= 4);
            case "bind" -> port("bind", words[1], tcp, tcp && abi >= 4);
            case "connect-udp", "udp" ->
                // a socket without a port gets a free one
                port("connect-udp", words[1], udpHere, udpHere)
                    && (!udpHere || port("bind-udp", "0", true, true));
            case "bind-udp" -> port("bind-udp", words[1], udpHere, udpHere);
            default -> throw new IllegalArgumentException(attempt);
          };
      return possible ? plain.get(attempt) : DENIED;
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
    attempts.addAll(FAST_OPEN);
    FAST_OPEN.forEach(attempt -> attempts.add(LANDLOCK_ALONE + attempt));
    for (String key : List.of("connect", "bind", "connect-udp", "udp", "bind-udp")) {
      attempts.add(key + (key.startsWith("bind") ? ":3" : ":1"));
      attempts.add(key + (key.startsWith("bind") ? ":4" : ":2"));
    }
    return attempts;
  }

  /**
   * Checks the results of all attempts under a policy.
   *
   * @param plain those without a policy
   * @param abi the version of Landlock's ABI of the kernel, 0 without
   */
  public static void check(
      Row row, Map<String, String> plain, Map<String, String> results, int abi) {
    assertThat(results.keySet()).containsExactlyElementsOf(ATTEMPTS);
    List<String> wrong = new ArrayList<>();
    for (String attempt : ATTEMPTS) {
      String expected = row.expected(attempt, plain, abi);
      if (!results.get(attempt).equals(expected)) {
        wrong.add("%s: %s, not %s".formatted(attempt, results.get(attempt), expected));
      }
    }
    assertThat(wrong).as("%s, ABI %d", row.keys(), abi).isEmpty();
  }
}
