package dev.hardwire.live.learn;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Gcc;
import dev.hardwire.testing.Nginx;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rules for files and ports and a phase are learned from one run, and the program does the same
 * work under them.
 */
@Tag("system")
class LearnProposalsTest {
  private static final int TIMEOUT_SECONDS = 120;
  private static final Pattern DENIED = Pattern.compile(" (?:EACCES|EXDEV|EPERM) |SIGSYS");

  @TempDir private Path folder;
  private Policy policy;

  private static void waitFor(String text, String... command) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    Outcome last = Programs.run((Object[]) command);
    while (!last.out().contains(text)) {
      assertThat(System.nanoTime()).as("%s: %s", String.join(" ", command), last).isLessThan(end);
      LockSupport.parkNanos(50_000_000);
      last = Programs.run((Object[]) command);
    }
  }

  /** Learns, hard-wires, and traces the same work: nothing is denied that was not before. */
  private Path circle(Path program, List<String> options, WorkSession.Work work)
      throws IOException {
    return circle(List.of(), program, options, work);
  }

  /**
   * The same with more options of the command.
   *
   * @param more such options
   */
  private Path circle(List<String> more, Path program, List<String> options, WorkSession.Work work)
      throws IOException {
    Path file = folder.resolve("policy.yaml");
    Path trace = folder.resolve("trace");
    List<Object> propose = List.of("--propose", "landlock,phases", "--log", trace, "-o", file);
    CommandLoop hardwire = CommandLoop.shared();
    hardwire.send("learn", "--exec", propose, more, "--", program, options);
    work.done();
    hardwire.answer().succeeds();
    policy = YamlPolicyReader.read(Files.readAllBytes(file), "learned");
    Path wired = folder.resolve(program.getFileName());
    Cli.run("patch", "--policy", file, "-o", wired, program).succeeds();
    Cli.ok("verify", "--require-policy-at-least", file, wired);
    Path again = folder.resolve("again");
    List<String> command =
        new ArrayList<>(List.of("strace", "-f", "--quiet=attach", "-o", again.toString()));
    command.add(wired.toString());
    command.addAll(options);
    Outcome outcome = WorkSession.run(folder, TIMEOUT_SECONDS, command, work);
    assertThat(outcome.status()).as("%s%n%s", outcome, Files.readString(file)).isZero();
    assertThat(denials(trace)).as(Files.readString(file)).containsAll(denials(again));
    return file;
  }

  /** The calls that failed for want of a right, each with its error, and deaths by a filter. */
  private static Set<String> denials(Path trace) throws IOException {
    Set<String> found = new TreeSet<>();
    for (String line : Files.readAllLines(trace, StandardCharsets.ISO_8859_1)) {
      Matcher matcher = DENIED.matcher(line);
      if (matcher.find()) {
        found.add(line.replaceFirst("^\\d+ +(\\w*).*", "$1") + matcher.group());
      }
    }
    return found;
  }

  private List<String> read() {
    return policy.landlock().flatMap(Landlock::read).orElseThrow().stream()
        .map(PathRule::toString)
        .toList();
  }

  @Test
  @Tag("long")
  void nginxServesAndReloadsUnderWhatWasLearned() throws IOException {
    int port = WorkSession.freePort();
    Path root = Files.createDirectories(folder.resolve("srv/html"));
    Files.writeString(root.resolve("index.html"), "hello\n");
    Files.write(root.resolve("big"), new byte[1 << 20]);
    Path logs = Files.createDirectories(folder.resolve("srv/logs"));
    Path configuration = Nginx.configure(folder.resolve("srv"), port, "");
    String address = "http://127.0.0.1:" + port;
    WorkSession.Work work =
        () -> {
          waitFor("hello", "curl", "-s", "-m", "20", address + "/");
          String[] big = {"curl", "-s", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}", ""};
          big[8] = address + "/big";
          assertThat(Programs.output((Object[]) big)).isEqualTo("200");
          Programs.output("kill", "-HUP", Files.readString(logs.resolve("nginx.pid")).strip());
          waitFor("hello", "curl", "-s", "-m", "20", address + "/");
          Programs.output("kill", "-QUIT", Files.readString(logs.resolve("nginx.pid")).strip());
        };
    circle(
        Path.of("/usr/sbin/nginx"),
        List.of("-p", folder + "/srv/", "-c", configuration.toString()),
        work);
    assertThat(logs.resolve("error.log")).content().doesNotContain("signal 31");
    assertThat(read()).contains("/etc/passwd").doesNotContain("/", "/etc", "/home");
    assertThat(policy.landlock().flatMap(Landlock::bind)).contains(List.of(port));
    assertThat(policy.landlock().flatMap(Landlock::connect)).contains(List.of());
    assertThat(policy.phases()).hasSize(1);
    assertThat(policy.phases().get(0).function()).contains("epoll_wait");
    assertThat(policy.phases().get(0).rules().toString())
        .doesNotContain("execve", "clone", "bind", "listen", "[socket]", "socket,");
  }

  @Test
  void redisSavesAndServesUnderWhatWasLearned() throws IOException {
    String port = Integer.toString(WorkSession.freePort());
    WorkSession.Work work =
        () -> {
          waitFor("PONG", "redis-cli", "-p", port, "ping");
          Programs.output("redis-cli", "-p", port, "set", "a", "1");
          Programs.output("redis-cli", "-p", port, "save");
          Programs.output("redis-cli", "-p", port, "bgrewriteaof");
          waitFor("aof_rewrite_in_progress:0", "redis-cli", "-p", port, "info", "persistence");
          Programs.output("redis-cli", "-p", port, "eval", "return 1", "0");
          Programs.run("redis-cli", "-p", port, "shutdown");
        };
    Path data = Files.createDirectories(folder.resolve("data"));
    circle(
        Path.of("/usr/bin/redis-server"),
        List.of(
            "--port", port, "--bind", "127.0.0.1", "--dir", data.toString(), "--appendonly", "yes"),
        work);
    assertThat(policy.phases().get(0).function()).contains("epoll_wait");
    assertThat(policy.landlock().flatMap(Landlock::write).orElseThrow())
        .anyMatch(rule -> rule.covers(data + "/dump.rdb"));
  }

  /** What curl does, without its libraries: ends with 7 if there is no connection. */
  private static final String CLIENT =
      """
      #include <arpa/inet.h>
      #include <fcntl.h>
      #include <stdlib.h>
      #include <string.h>
      #include <unistd.h>
      int main(int argc, char **argv) {
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int server = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(server, (struct sockaddr *) &to, sizeof to)) return 7;
        static char page[4096];
        const char *ask = "GET / HTTP/1.0\\r\\n\\r\\n";
        write(server, ask, strlen(ask));
        size_t all = 0;
        ssize_t more;
        while ((more = read(server, page + all, sizeof page - 1 - all)) > 0) all += more;
        int out = open(argv[1], O_CREAT | O_WRONLY | O_TRUNC, 0666);
        const char *body = strstr(page, "\\r\\n\\r\\n") + 4;
        return write(out, body, strlen(body)) < 1;
      }
      """;

  @Test
  void aClientReachesOnePortUnderWhatWasLearned() throws IOException {
    Path source = Files.writeString(folder.resolve("client.c"), CLIENT);
    Path built = Files.createDirectory(folder.resolve("built"));
    Path client = built.resolve("client");
    Gcc.run("-O1", "-w", "-o", client, source);
    reachesOnePort(client, (out, port) -> List.of(out, port));
  }

  @Test
  @Tag("long")
  void curlReachesOnePortUnderWhatWasLearned() throws IOException {
    List<String> usual = List.of("-sS", "-q", "--noproxy", "*", "-o");
    reachesOnePort(
        Path.of("/usr/bin/curl"),
        (out, port) ->
            Stream.concat(usual.stream(), Stream.of(out, "http://127.0.0.1:" + port + "/"))
                .toList());
  }

  /**
   * Gets a page.
   *
   * @param words arguments for a file, which the page is written to, and a port
   */
  private void reachesOnePort(Path program, BiFunction<String, String, List<String>> words)
      throws IOException {
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), WorkSession.freePort()), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = "from the server\n".getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      int port = server.getAddress().getPort();
      Path out = Files.createDirectories(folder.resolve("got"));
      List<String> options = words.apply(out + "/page", Integer.toString(port));
      circle(List.of("--arguments"), program, options, () -> {});
      assertThat(policy.rules())
          .anyMatch(
              rule -> rule.calls().toString().equals("[socket]") && rule.condition().isPresent());
      assertThat(out.resolve("page")).hasContent("from the server");
      assertThat(policy.landlock().flatMap(Landlock::connect)).contains(List.of(port));
      assertThat(policy.landlock().flatMap(Landlock::write).orElseThrow().toString())
          .isEqualTo("[" + out + "]");
      Programs.run(folder.resolve(program.getFileName()), words.apply("/dev/null", "9"))
          .endsWith(7);
    } finally {
      server.stop(0);
    }
  }
}
