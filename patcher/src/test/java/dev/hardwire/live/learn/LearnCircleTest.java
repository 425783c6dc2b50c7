package dev.hardwire.live.learn;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The whole circle: a policy is learned from a program at work, hard-wired into it, and the program
 * does the same work again without anything dying.
 */
class LearnCircleTest {
  private static final int TIMEOUT_SECONDS = 100;
  private static final Path DASH = Path.of("/bin/dash");

  @TempDir private Path folder;

  @BeforeEach
  void openFolder() throws IOException {
    // Services give up root's rights and still have to find their files.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void hello(boolean arguments) throws IOException {
    Path hello = Fixtures.directory().resolve("bench/hello");
    assertThat(circle(arguments, hello, List.of(), () -> {})).isEqualTo("hello\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void manyCalls(boolean arguments) throws IOException {
    List<String> command = List.of("-c", "\"$0\" || test $? = 3", tool("many-calls"));
    assertThat(circle(arguments, DASH, command, () -> {})).isEqualTo("done\n");
  }

  private static String tool(String name) {
    return Fixtures.tool(name).toString();
  }

  /** In each run, {@link LearnProposalsTest} has it. */
  @ParameterizedTest
  @Tag("long")
  @ValueSource(booleans = true)
  void curl(boolean arguments) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = "from the server\n".repeat(5000).getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      String address = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
      List<String> options = List.of("-sS", "-q", "--noproxy", "*", address);
      assertThat(circle(arguments, Path.of("/usr/bin/curl"), options, () -> {}))
          .isEqualTo("from the server\n".repeat(5000));
    } finally {
      server.stop(0);
    }
  }

  /** In each run, {@link JoinTest} learns from it. */
  @ParameterizedTest
  @Tag("long")
  @ValueSource(booleans = true)
  void python(boolean arguments) throws IOException {
    Path script = folder.resolve("work.py");
    Files.writeString(
        script,
        """
        import json, os, sqlite3, sys, tempfile
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "db")
            with sqlite3.connect(path) as db:
                db.execute("create table t (a, b)")
                db.executemany("insert into t values (?, ?)", [(i, str(i)) for i in range(1000)])
            db.close()
            rows = sqlite3.connect(path).execute("select sum(a), max(b) from t").fetchall()
        print(json.dumps({"rows": rows}))
        """);
    List<String> options = List.of("-I", "-B", script.toString());
    assertThat(circle(arguments, Path.of("/usr/bin/python3"), options, () -> {}))
        .isEqualTo("{\"rows\": [[499500, \"999\"]]}\n");
  }

  /** In each run, {@link LearnProposalsTest} has it. */
  @ParameterizedTest
  @Tag("long")
  @ValueSource(booleans = {false, true})
  void redis(boolean arguments) throws IOException {
    String socket = folder.resolve("socket").toString();
    List<String> options =
        List.of("--port", "0", "--unixsocket", socket, "--dir", folder.toString(), "--save", "");
    WorkSession.Work work =
        () -> {
          waitFor("redis-cli", "-s", socket, "ping");
          String printed =
              Programs.output(
                  "redis-benchmark",
                  "-s",
                  socket,
                  "-n",
                  "1000",
                  "-c",
                  "5",
                  "-q",
                  "-t",
                  "set,get,lpush,lpop,mset");
          assertThat(printed).contains("SET:", "MSET");
          Programs.run("redis-cli", "-s", socket, "shutdown", "nosave");
        };
    circle(arguments, Path.of("/usr/bin/redis-server"), options, work);
  }

  @ParameterizedTest
  @Tag("long")
  @ValueSource(booleans = {false, true})
  void nginx(boolean arguments) throws IOException {
    int port = WorkSession.freePort();
    Path page = folder.resolve("index.html");
    Files.writeString(page, "hello from nginx\n".repeat(500));
    Files.setPosixFilePermissions(page, PosixFilePermissions.fromString("rw-r--r--"));
    Path configuration = folder.resolve("nginx.conf");
    Files.writeString(
        configuration,
        """
        daemon off;
        worker_processes 2;
        user www-data;
        pid FOLDER/pid;
        error_log FOLDER/error.log;
        events { worker_connections 64; }
        http {
          access_log FOLDER/access.log;
          sendfile on;
          server { listen 127.0.0.1:PORT; root FOLDER; }
        }
        """
            .replace("FOLDER", folder.toString())
            .replace("PORT", Integer.toString(port)));
    String address = "http://127.0.0.1:" + port + "/index.html";
    WorkSession.Work work =
        () -> {
          waitFor("curl", "-sSf", "-o", "/dev/null", "--noproxy", "*", address);
          for (List<String> keepAlive : List.of(List.<String>of(), List.of("-k"))) {
            assertThat(Programs.output("ab", "-q", "-n", "200", "-c", "4", keepAlive, address))
                .containsPattern("Complete requests: +200\n")
                .containsPattern("Failed requests: +0\n");
          }
          Programs.output("kill", "-QUIT", Files.readString(folder.resolve("pid")).strip());
        };
    circle(arguments, Path.of("/usr/sbin/nginx"), List.of("-c", configuration.toString()), work);
    assertThat(folder.resolve("error.log")).content().doesNotContain("signal 31");
  }

  @Test
  @Tag("long")
  void theSameByCallsAlone() throws IOException {
    curl(false);
    python(false);
  }

  @Test
  void whatWasNotSeenIsRefused() throws IOException {
    circle(false, DASH, List.of("-c", ":"), () -> {});
    Outcome other = Programs.run(folder.resolve("dash"), "-c", "exec /bin/true");
    other.endsWith(Programs.KILLED_BY_SIGSYS);
  }

  /** Repeats a command until it succeeds. */
  private static void waitFor(String... command) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    Outcome last = Programs.run((Object[]) command);
    while (last.status() != 0) {
      assertThat(System.nanoTime()).as("%s: %s", String.join(" ", command), last).isLessThan(end);
      sleep();
      last = Programs.run((Object[]) command);
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Learns, hard-wires and works twice.
   *
   * @param arguments whether the policy demands what was seen of arguments
   * @return what the program printed, the same each time
   */
  private String circle(
      boolean arguments, Path program, List<String> options, WorkSession.Work work)
      throws IOException {
    Path policy = folder.resolve("policy.yaml");
    Path wired = folder.resolve(program.getFileName());
    List<String> how = arguments ? List.of("--arguments", "--") : List.of("--");
    CommandLoop hardwire = CommandLoop.shared();
    hardwire.send("learn", "--exec", "-o", policy, how, program, options);
    work.done();
    Outcome learned = hardwire.answer();
    assertThat(learned.err())
        .contains("hardwire: %s exited with status 0\n".formatted(program.getFileName()));
    learned.succeeds();
    Outcome patched = Cli.run("patch", "--policy", policy, "-o", wired, program);
    patched.succeeds();
    List<String> again = new ArrayList<>(List.of(wired.toString()));
    again.addAll(options);
    for (int i = 0; i < 2; i++) {
      Outcome outcome = WorkSession.run(folder, TIMEOUT_SECONDS, again, work);
      assertThat(outcome.status()).as("%s%n%s", outcome, Files.readString(policy)).isZero();
      if (!options.contains("--unixsocket")) { // what redis prints has times in it
        assertThat(outcome.out()).isEqualTo(learned.out());
      }
    }
    return learned.out();
  }
}
