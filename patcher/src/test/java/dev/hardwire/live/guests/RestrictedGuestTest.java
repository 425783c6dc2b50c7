package dev.hardwire.live.guests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.restrict.SocketProbes;
import dev.hardwire.policy.KernelDemand;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Landlock and limits on real kernels of other architectures and releases. */
class RestrictedGuestTest {
  private static final String POLICY =
      """
      version: 1
      default: allow
      rules: []
      landlock:
        kernel: %s
        read: [/t]
        write: [/tmp]
        connect: [1]
        other-sockets: allow
        scope: [signal]
      limits: {core: 0, open-files: 33, dumpable: false, close-from: 3}
      capabilities: {keep: [kill, bpf], securebits: [noroot]}
      seal: true
      """;

  /** The same restrictions of files, ports and processes, from main on. */
  private static final String IN_PHASE =
      """
      version: 1
      default: allow
      rules: []
      limits: {core: 0, open-files: 33, dumpable: false, close-from: 3}
      capabilities: {keep: [kill, bpf], securebits: [noroot]}
      seal: true
      phases:
        - name: later
          at: main
          default: allow
          rules: []
          landlock:
            read: [/t]
            write: [/tmp]
            connect: [1]
            other-sockets: allow
            scope: [signal]
      """;

  /** What the newest versions of Landlock restrict. */
  private static final String SOCKETS =
      """
      version: 1
      default: allow
      rules: []
      landlock:
        connect: [443]
        connect-udp: [53]
        connect-unix: ["?/tmp/listed"]
        scope: [abstract-unix-socket]
        log-denials: all
      """;

  private static final List<String> SOCKET_ATTEMPTS =
      List.of(
          "udp:53",
          "udp:54",
          "connect-udp:53",
          "connect-udp:54",
          "bind-udp:0",
          "bind-udp:99",
          "connect:444",
          "mptcp:443",
          "unix:/tmp/listed",
          "unix:/tmp/other");

  private static final String ANY = "{at-least: 0}";
  private static final List<String> ATTEMPTS =
      List.of(
          "read:/t/data",
          "read:/init",
          "truncate:/init",
          "create:/tmp/new",
          "rename:/tmp/new:/tmp/moved",
          "remove:/tmp/moved",
          "connect:2",
          "bind:3",
          "signal:1",
          "change-code",
          "limit:nofile",
          "dumpable",
          "descriptors",
          "capabilities");
  private static final List<String> LIMITED =
      List.of(
          "33/33", "0", "0 1 2", "Inh=0 Prm=8000000020 Eff=8000000020 Bnd=8000000020 Amb=0 bits=3");

  /** The guest in which {@link GuestTest} tries them together with its own: no Landlock. */
  static final Guest TOGETHER = Guest.UML_5_10;

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(names = {"AARCH64", "LINUX_5_10", "NEWEST", "RISCV64", "PPC64EL", "S390X", "LOONG64"})
  @Tag("long")
  void others(Guest guest) throws IOException {
    check(guest);
  }

  private void check(Guest guest) throws IOException {
    GuestFolder.get(guest);
    GuestFolder shared = new GuestFolder(guest, folder);
    addTo(guest, shared);
    shared.boot();
    check(guest, shared);
  }

  /** Adds programs with restrictions to what a guest shall run. */
  static void addTo(Guest guest, GuestFolder shared) throws IOException {
    for (String architecture : guest.architectures()) {
      patch(shared, name(architecture, "require"), architecture, POLICY.formatted("require"));
      patch(shared, name(architecture, ANY), architecture, POLICY.formatted(ANY));
      patch(shared, name(architecture, "phase"), architecture, IN_PHASE);
    }
  }

  /** Checks what the guest did. */
  static void check(Guest guest, GuestFolder shared) {
    boolean hasLandlock = shared.offers(KernelFeature.FILES) && shared.offers(KernelFeature.SCOPE);
    String sealed = shared.offers(KernelFeature.SEAL) ? "EPERM" : "ok";
    for (String architecture : guest.architectures()) {
      Outcome required = shared.outcome(name(architecture, "require"));
      Outcome accepted = shared.outcome(name(architecture, ANY));
      Outcome later = shared.outcome(name(architecture, "phase"));
      if (hasLandlock) {
        assertThat(results(required)).startsWith("ok", "EACCES", "EACCES", "ok", "ok", "ok");
        assertThat(results(required).subList(6, 9)).containsExactly("EACCES", "EACCES", "EPERM");
        assertThat(results(required)).endsWith(LIMITED.toArray(String[]::new));
        assertThat(results(required).get(9)).isEqualTo(sealed);
        assertThat(required.isQuiet()).isEqualTo(accepted);
        if (shared.offers(KernelFeature.ALL_THREADS)) {
          assertThat(later).isEqualTo(required);
        } else {
          later.fails(126, "older than ABI 8, which the phase \"later\" takes, so the program was");
        }
      } else {
        required.fails(
            126, "hardwire: this kernel does not offer Landlock, so the program was not");
        later.fails(
            126, "does not offer Landlock, which the phase \"later\" takes, so the program");
        assertThat(results(accepted)).startsWith("ok", "ok", "ok");
        assertThat(results(accepted).get(9)).isEqualTo(sealed);
        assertThat(results(accepted)).endsWith(LIMITED.toArray(String[]::new));
        assertThat(accepted.err())
            .isEqualTo(
                "hardwire: warning: this kernel does not offer Landlock, so the program runs"
                    + " without it\n");
      }
    }
  }

  private static String name(String architecture, String kernel) {
    return architecture + "-" + kernel.replaceAll("[^a-z0-9]", "");
  }

  private static Path program(String architecture) {
    return GuestFolder.directory().resolve("built").resolve(architecture).resolve("try-access");
  }

  private static void patch(GuestFolder guest, String name, String architecture, String text)
      throws IOException {
    Path policy = Files.writeString(guest.file(name + ".yaml"), text);
    Path out = guest.file(name);
    guest.hardwire("patch", "--policy", policy, "-o", out, program(architecture)).succeeds();
    guest.run(name, List.of("/t/" + name), ATTEMPTS);
  }

  /** What ABI 9 and 10 brought; on older kernels the program does not start. */
  @Test
  @Tag("long")
  void udpPortsAndUnixSockets() throws IOException {
    GuestFolder.get(Guest.NEWEST);
    GuestFolder shared = new GuestFolder(Guest.NEWEST, folder);
    String inPhase =
        SOCKETS.substring(0, SOCKETS.indexOf("landlock:"))
            + "phases:\n  - name: later\n    at: main\n    default: allow\n    rules: []\n"
            + SOCKETS.substring(SOCKETS.indexOf("landlock:")).indent(4);
    for (String architecture : Guest.NEWEST.architectures()) {
      shared.copy(program(architecture), "try-" + architecture);
      for (String when : List.of("start", "phase")) {
        String name = name(architecture, when);
        Path policy =
            Files.writeString(
                shared.file(name + ".yaml"), when.equals("start") ? SOCKETS : inPhase);
        Path out = shared.file(name);
        shared.hardwire("patch", "--policy", policy, "-o", out, program(architecture)).succeeds();
        for (String socket : List.of("listed", "other")) {
          shared.run(
              name + "-" + socket,
              List.of("/t/try-" + architecture, "serve-unix:/tmp/%s:/t/%s".formatted(socket, name)),
              SOCKET_ATTEMPTS);
        }
      }
    }
    shared.boot();
    for (String architecture : Guest.NEWEST.architectures()) {
      for (String when : List.of("start", "phase")) {
        for (String socket : List.of("listed", "other")) {
          Outcome outcome = shared.outcome(name(architecture, when) + "-" + socket);
          if (shared.offers(KernelFeature.UDP)) {
            List<String> results = results(outcome);
            boolean listed = socket.equals("listed");
            assertThat(List.of(results.get(0), results.get(2))).doesNotContain("EACCES");
            assertThat(List.of(results.get(1), results.get(3))).containsOnly("EACCES");
            assertThat(results.get(4)).isEqualTo("ok");
            assertThat(results.subList(5, 8)).containsOnly("EACCES");
            assertThat(results.get(8)).isEqualTo(listed ? "ok" : "ECONNREFUSED");
            // a socket of an earlier command, at which nobody listens, or none
            assertThat(results.get(9))
                .isIn(listed ? List.of("ENOENT", "ECONNREFUSED") : List.of("EACCES"));
          } else {
            outcome.fails(126, "Landlock");
          }
        }
      }
    }
  }

  /** Every way to a socket and a port, where Landlock restricts all of them and where none. */
  @ParameterizedTest
  @EnumSource(names = {"LINUX_5_10", "NEWEST"})
  @Tag("long")
  void policiesLeaveTheSocketsThatTheTableSays(Guest guest) throws IOException {
    GuestFolder.get(guest);
    GuestFolder shared = new GuestFolder(guest, folder);
    int abi = guest == Guest.NEWEST ? KernelDemand.NEWEST : 0;
    List<SocketProbes.Row> rows = new ArrayList<>(SocketProbes.ROWS);
    rows.addAll(guest == Guest.NEWEST ? SocketProbes.NEWEST : List.of());
    for (String architecture : guest.architectures()) {
      shared.copy(program(architecture), "try-" + architecture);
      attempt(shared, name(architecture, "loading"), "/t/try-" + architecture);
      attempt(shared, name(architecture, "plain"), "/t/try-" + architecture);
      for (int i = 0; i < rows.size(); i++) {
        String name = name(architecture, "row" + i);
        String text = "version: 1\ndefault: allow\n" + rows.get(i).section(abi) + "\n";
        Path policy = Files.writeString(shared.file(name + ".yaml"), text);
        Path out = shared.file(name);
        shared.hardwire("patch", "--policy", policy, "-o", out, program(architecture)).succeeds();
        attempt(shared, name, "/t/" + name);
      }
    }
    shared.boot();
    assertThat(shared.offers(KernelFeature.UDP)).isEqualTo(guest == Guest.NEWEST);
    for (String architecture : guest.architectures()) {
      Map<String, String> plain = attempts(shared, name(architecture, "plain"));
      for (int i = 0; i < rows.size(); i++) {
        Map<String, String> results = attempts(shared, name(architecture, "row" + i));
        SocketProbes.check(rows.get(i), plain, results, abi);
      }
    }
  }

  /** In two runs, since a command of a guest has few words. */
  private static void attempt(GuestFolder guest, String name, String program) {
    int half = SocketProbes.ATTEMPTS.size() / 2;
    List<String> all = SocketProbes.ATTEMPTS;
    guest.run(name + "-first", List.of(program), all.subList(0, half));
    guest.run(name + "-second", List.of(program), all.subList(half, all.size()));
  }

  private static Map<String, String> attempts(GuestFolder guest, String name) {
    List<String> found = new ArrayList<>(results(guest.outcome(name + "-first")));
    found.addAll(results(guest.outcome(name + "-second")));
    Map<String, String> results = new LinkedHashMap<>();
    for (int i = 0; i < SocketProbes.ATTEMPTS.size(); i++) {
      results.put(SocketProbes.ATTEMPTS.get(i), found.get(i));
    }
    return results;
  }

  /** The kernel's log has what {@code log-denials} and {@code quiet} leave of the denials. */
  @Test
  @Tag("long")
  void denialsAreLoggedAsThePolicySays() throws IOException {
    GuestFolder.get(Guest.NEWEST);
    GuestFolder shared = new GuestFolder(Guest.NEWEST, folder);
    String unlimited = "echo 0 > /proc/sys/kernel/printk_ratelimit"; // or records are dropped
    shared.run("unlimited", List.of("/usr/bin/busybox"), List.of("sh", "-c", unlimited));
    Map<String, String> keys =
        Map.of("plain", "", "quiet", ", quiet: [/init, '?/none']", "none", ", log-denials: none");
    for (String architecture : Guest.NEWEST.architectures()) {
      keys.forEach(
          (key, more) -> {
            String name = architecture + "-" + key;
            Path out = shared.file(name);
            try {
              Path policy =
                  Files.writeString(
                      shared.file(name + ".yaml"),
                      "version: 1\ndefault: allow\nlandlock: {read: [/t]%s}\n".formatted(more));
              shared
                  .hardwire("patch", "--policy", policy, "-o", out, program(architecture))
                  .succeeds();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            shared.run(name, List.of("/t/" + name), List.of("read:/init", "read:/usr/bin/busybox"));
          });
    }
    shared.run("dmesg", List.of("/usr/bin/busybox"), List.of("dmesg"));
    shared.boot();
    Path log = Files.writeString(folder.resolve("log"), shared.outcome("dmesg").succeeds().out());
    for (String architecture : Guest.NEWEST.architectures()) {
      boolean knowsQuiet = shared.offers(KernelFeature.UDP);
      assertThat(results(shared.outcome(architecture + "-plain"))).containsOnly("EACCES");
      assertThat(denied(log, architecture + "-plain")).contains("/init", "/usr/bin/busybox");
      assertThat(results(shared.outcome(architecture + "-none"))).containsOnly("EACCES");
      assertThat(denied(log, architecture + "-none")).isEmpty();
      if (knowsQuiet) {
        assertThat(results(shared.outcome(architecture + "-quiet"))).containsOnly("EACCES");
        assertThat(denied(log, architecture + "-quiet"))
            .contains("/usr/bin/busybox")
            .doesNotContain("/init");
      } else {
        shared.outcome(architecture + "-quiet").fails(126, "ABI 10");
      }
    }
    livesWithTheLinesOf(denied(log, Guest.NEWEST.architectures().get(0) + "-plain"));
  }

  /** Adds the paths that {@code why} names, and boots again. */
  private void livesWithTheLinesOf(String why) throws IOException {
    List<String> read = new ArrayList<>(List.of("/t"));
    Pattern.compile("to allow +read: \\[(.*)\\]")
        .matcher(why)
        .results()
        .forEach(line -> read.add(line.group(1)));
    GuestFolder again =
        new GuestFolder(Guest.NEWEST, Files.createDirectory(folder.resolve("again")));
    Path policy =
        Files.writeString(
            again.file("more.yaml"),
            "version: 1\ndefault: allow\nlandlock: {read: %s}\n".formatted(read));
    Path program = program(Guest.NEWEST.architectures().get(0));
    again.hardwire("patch", "--policy", policy, "-o", again.file("more"), program).succeeds();
    again.run("more", List.of("/t/more"), List.of("read:/init", "read:/usr/bin/busybox"));
    again.boot();
    assertThat(results(again.outcome("more"))).hasSize(2).doesNotContain("EACCES");
  }

  /** What {@code why} finds that was denied to a program. */
  private static String denied(Path log, String name) {
    return Cli.run("why", "--log", log, "/t/" + name).out();
  }

  private static List<String> results(Outcome outcome) {
    return outcome
        .succeeds()
        .out()
        .lines()
        .map(line -> line.substring(line.lastIndexOf(": ") + 2).strip())
        .toList();
  }
}
