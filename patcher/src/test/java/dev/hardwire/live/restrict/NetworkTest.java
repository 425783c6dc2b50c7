package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.policy.KernelDemand;
import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.Takes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections: what Landlock refuses, and the ways past it that the filter closes. */
@Takes(KernelFeature.TCP)
class NetworkTest {
  private static final String REFUSED = "EACCES";

  @TempDir private Path folder;
  private static ServerSocket server;
  private static int open;
  private static int closed;
  private Restricted restricted;

  @BeforeEach
  void prepare() {
    restricted = new Restricted(folder);
  }

  /** One for all, whose port is in their policies. */
  @BeforeAll
  static void startAServer() throws IOException {
    server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    open = server.getLocalPort();
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = other.getLocalPort();
    }
  }

  @AfterAll
  static void stopIt() throws IOException {
    server.close();
  }

  private String attempt(String section, String attempt) throws IOException {
    Path program = restricted.patched(Restricted.TRY, "landlock: {" + section + "}");
    String result = Restricted.results(program, attempt).get(attempt);
    Path program32 = restricted.patched(Restricted.TRY_I386, "landlock: {" + section + "}");
    assertThat(Restricted.results(program32, attempt)).containsEntry(attempt, result);
    return result;
  }

  @Test
  void connectReachesItsPortsOnly() throws IOException {
    assertThat(attempt("connect: [" + open + "]", "connect:" + open)).isEqualTo("ok");
    assertThat(attempt("connect: [" + open + "]", "connect:" + closed)).isEqualTo(REFUSED);
    assertThat(attempt("bind: [" + open + "]", "connect:" + open)).isEqualTo(REFUSED);
  }

  @Test
  void bindGetsItsPortsOnly() throws IOException {
    assertThat(attempt("bind: [" + closed + "]", "bind:" + closed)).isEqualTo("ok");
    assertThat(attempt("bind: [" + open + "]", "bind:" + closed)).isEqualTo(REFUSED);
    assertThat(attempt("connect: [" + closed + "]", "bind:" + closed)).isEqualTo(REFUSED);
  }

  /** Each works without a policy. With Landlock alone, the kernel decides. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sendto-fastopen",
        "sendmsg-fastopen",
        "sendmmsg-fastopen",
        "mptcp",
        "udp",
        "listen",
        "uring",
      })
  void aWayPastLandlockIsClosed(String way) throws IOException {
    String attempt = way.equals("listen") || way.equals("uring") ? way : way + ":" + open;
    String alone = SocketProbes.LANDLOCK_ALONE + attempt;
    Map<String, String> plain = Restricted.results(Restricted.TRY, attempt, alone);
    assertThat(plain).containsEntry(attempt, "ok");
    assertThat(attempt("connect: [], other-sockets: allow", attempt)).isEqualTo(plain.get(alone));
    assertThat(attempt("connect: []", attempt)).isEqualTo(REFUSED);
    if (!way.equals("listen")) {
      assertThat(attempt("bind: [" + closed + "]", attempt)).isEqualTo(REFUSED);
    }
  }

  @Test
  void aRingThatWasThereBeforeIsClosed() throws IOException {
    for (Path program : List.of(Restricted.TRY, Restricted.TRY_I386)) {
      assertThat(byRing(program)).isEqualTo("ok");
      assertThat(byRing(restricted.patched(program, "landlock: {connect: []}"))).isEqualTo(REFUSED);
    }
  }

  /** The result of making a socket by a ring that the program inherits. */
  private static String byRing(Path program) {
    Map<String, String> results = Restricted.results(Restricted.TRY, "pass-ring:" + program);
    return results.values().iterator().next();
  }

  @Test
  void aProgramThatMayBindMayListen() throws IOException {
    assertThat(attempt("bind: [" + closed + "]", "listen")).isEqualTo("ok");
    assertThat(attempt("bind: []", "listen")).isEqualTo(REFUSED);
  }

  @Test
  void unixSocketsAreOtherSockets() throws IOException {
    assertThat(attempt("connect: []", "unix:/nowhere")).isEqualTo(REFUSED);
    assertThat(attempt("connect: []", "pair-datagram")).isEqualTo(REFUSED);
    assertThat(attempt("connect: []", "pair-stream")).isEqualTo("ok");
    assertThat(attempt("connect: [], other-sockets: allow", "unix:/nowhere")).isEqualTo("ENOENT");
  }

  /** Every way to a socket and a port, under every kind of policy. */
  @Test
  @Takes({})
  void policiesLeaveTheSocketsThatTheTableSays() throws IOException {
    int abi = Math.min(Restricted.abi(), KernelDemand.NEWEST);
    Object[] attempts = SocketProbes.ATTEMPTS.toArray();
    for (Path program : List.of(Restricted.TRY, Restricted.TRY_I386)) {
      Restricted.results(program, attempts);
      Map<String, String> plain = Restricted.results(program, attempts);
      for (SocketProbes.Row row : SocketProbes.ROWS) {
        Path patched = restricted.patched(program, row.section(abi));
        SocketProbes.check(row, plain, Restricted.results(patched, attempts), abi);
      }
    }
  }

  @Test
  @Takes(KernelFeature.UDP)
  void udpPortsTakeANewKernel() throws IOException {
    Path program =
        restricted.patched(Restricted.TRY, "landlock: {connect-udp: [53], scope: [signal]}");
    Outcome outcome = Programs.run(program, "udp:54", "connect:" + open);
    assertThat(Restricted.results(outcome).values()).containsOnly(REFUSED);
  }

  /** The filter refuses what a kernel might not restrict. */
  @Test
  void anOldKernelIsNotLeftOpen() throws IOException {
    String section = "connect-udp: [53], connect: [" + open + "], kernel: {at-least: 4}";
    assertThat(attempt(section, "udp:53")).isEqualTo(REFUSED);
    assertThat(attempt(section, "connect:" + open)).isEqualTo("ok");
    assertThat(attempt(section + ", other-sockets: allow", "udp:53")).isEqualTo("ok");
  }
}
