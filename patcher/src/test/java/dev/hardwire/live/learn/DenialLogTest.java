package dev.hardwire.live.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Landlock denies is in the audit log as {@code log-denials} says, and widens a policy. */
@Tag("system")
class DenialLogTest {
  private static final int TIMEOUT_SECONDS = 100;

  /** Sets whether the kernel audits, which needs root, and prints what it did before. */
  private static final String SET_AUDIT =
      """
      import socket, struct, sys
      kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)
      def ask(kind, body=b""):
          kernel.send(struct.pack("=IHHII", 16 + len(body), kind, 5, 1, 0) + body)
          while True:
              answer = kernel.recv(8192)
              if struct.unpack_from("=H", answer, 4)[0] == 1000 or kind == 1001:
                  return answer
      enabled = struct.unpack_from("=II", ask(1000), 16)[1]
      ask(1001, struct.pack("=II", 1, int(sys.argv[1])) + bytes(32))
      print(enabled)
      """;

  @TempDir private Path folder;
  private String before;

  private static String audit(String enabled) {
    return Programs.output("/usr/bin/python3", "-c", SET_AUDIT, enabled).strip();
  }

  @BeforeEach
  void enable() {
    before = audit("1");
  }

  @AfterEach
  void restore() {
    audit(before);
  }

  private Path policy(String logged) throws IOException {
    return Files.writeString(
        folder.resolve(logged + ".yaml"),
        """
        version: 1
        default: allow
        landlock:
          read: [/usr, /dev]
          write: [/dev]
          execute: [/usr]
          log-denials: %s
        """
            .formatted(logged));
  }

  /** A shell of the same file name in a folder of its own. */
  private Path shell(Path policy, String name) throws IOException {
    Path shell = Files.createDirectory(folder.resolve(name)).resolve("logged-shell");
    Cli.run("patch", "--policy", policy, "-o", shell, "/bin/dash").succeeds();
    return shell;
  }

  @Test
  void denialsAreLoggedAsThePolicySaysAndWidenIt() throws Exception {
    Path program = shell(policy("program"), "a");
    Path none = shell(policy("none"), "b");
    Path all = shell(policy("all"), "c");
    Path grown = folder.resolve("grown.yaml");
    Process watching =
        Cli.process()
            .start(
                folder.resolve("out"),
                folder.resolve("err"),
                List.of(
                    "learn",
                    "--watch",
                    "--exe",
                    "logged-shell",
                    "--base",
                    folder.resolve("program.yaml").toString(),
                    "--no-derive",
                    "--no-companions",
                    "-o",
                    grown.toString()));
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
      while (!Files.exists(grown) || !Files.readString(grown).contains("/etc/hosts")) {
        Programs.run(none, "-c", ": < /etc/hostname").endsWith(2);
        Programs.run(program, "-c", "cat /etc/group").endsWith(1);
        Programs.run(all, "-c", "cat /etc/passwd").endsWith(1);
        Programs.run(program, "-c", ": < /etc/hosts").endsWith(2);
        assertThat(System.nanoTime()).as(Files.readString(folder.resolve("err"))).isLessThan(end);
        Thread.sleep(100);
      }
      watching.destroy();
      assertThat(watching.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      watching.destroyForcibly();
    }
    assertThat(Files.readString(grown))
        .contains(
            "\"/etc/hosts\" # denied, first at the kernel's audit records:", "\"/etc/passwd\"")
        .doesNotContain("/etc/hostname", "/etc/group");
    Path widened = shell(grown, "d");
    Programs.run(widened, "-c", "cat /etc/hosts /etc/passwd").succeeds();
    Programs.run(widened, "-c", ": < /etc/hostname").endsWith(2);
  }
}
