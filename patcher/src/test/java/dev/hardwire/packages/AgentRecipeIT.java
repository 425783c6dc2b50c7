package dev.hardwire.packages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.OutsideTmp;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recipe for a coding agent: what such a program may do under its policy, and what not. */
class AgentRecipeIT {
  private static final Path RECIPE = Path.of("../fixtures/recipes/agent").toAbsolutePath();
  private static final Path POLICY = RECIPE.resolve("policy.yaml");

  private static final List<String> FREE =
      List.of(
          "write a file here: done",
          "read it: done",
          "run a tool here: done",
          "write in /tmp: done",
          "write in the home directory: done",
          "read a key: done",
          "connect to the port: done",
          "connect to another port: done",
          "reach a unix socket: done",
          "listen: done",
          "send a datagram: done",
          "become root by su: done");

  /** Outside /tmp, which the policy opens. */
  @TempDir(factory = OutsideTmp.class)
  private Path folder;

  private Path home;
  private Path work;

  /** Stand for ports 443 and 80. */
  private ServerSocket https;

  private ServerSocket http;

  /** The policy of the recipe with the port of {@link #https}. */
  private Path policy;

  @BeforeEach
  void makeHome() throws IOException {
    home = Files.createDirectory(folder.resolve("home"));
    work = Files.createDirectory(home.resolve("project"));
    Files.writeString(Files.createDirectory(home.resolve(".ssh")).resolve("id_ed25519"), "key");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    https = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    http = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    String port = "connect: [%d]".formatted(https.getLocalPort());
    policy = folder.resolve("policy.yaml");
    Files.writeString(policy, Files.readString(POLICY).replace("connect: [443]", port));
    assertThat(policy).content().contains(port);
  }

  @AfterEach
  void closeServers() throws IOException {
    https.close();
    http.close();
  }

  /** What a program of several languages' packers tells, with servers that wait for it. */
  private List<String> told(Object... command) throws IOException {
    Path socket = folder.resolve("socket");
    try (ServerSocketChannel local = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      local.bind(UnixDomainSocketAddress.of(socket));
      Map<String, String> environment =
          Map.of(
              "HOME", home.toString(),
              "AGENT_SOCKET", socket.toString(),
              "AGENT_PORT", String.valueOf(https.getLocalPort()),
              "OTHER_PORT", String.valueOf(http.getLocalPort()));
      return Programs.together(work, environment, command).out().lines().toList();
    } finally {
      Files.deleteIfExists(socket);
    }
  }

  private void isConfined(List<String> told) {
    assertThat(told).hasSameSizeAs(FREE);
    assertThat(told.subList(0, 4)).isEqualTo(FREE.subList(0, 4));
    assertThat(told.get(4)).isEqualTo("write in the home directory: EACCES");
    assertThat(told.get(5)).isEqualTo("read a key: EACCES");
    assertThat(told.get(6)).isEqualTo(FREE.get(6));
    for (String line : told.subList(7, 11)) {
      assertThat(line).matches(".*: (EACCES|EPERM)");
    }
    assertThat(told.get(11)).startsWith("become root by su: ").isNotEqualTo(FREE.get(11));
  }

  @Test
  void thePolicyHasNoMistakes() {
    Outcome checked = Cli.ok("policy", "check", POLICY);
    assertThat(checked.out()).contains("policy.yaml: valid").doesNotContain("warning");
    assertThat(checked.err()).isEmpty();
  }

  /** Debian's node, whose program and libraries are 60 MB. */
  @Test
  void anInterpreterAtWork() throws IOException {
    Path script = Files.copy(RECIPE.resolve("agent.mjs"), work.resolve("agent.mjs"));
    assertThat(told("/usr/bin/node", script)).isEqualTo(FREE);
    Path wired = folder.resolve("node");
    Cli.ok("patch", "--policy", policy, "-o", wired, "/usr/bin/node");
    isConfined(told(wired, script));
  }

  /** One file of 100 MB, with the script behind the program. */
  @Tag("long")
  @Test
  void aProgramOfOneFile() throws IOException {
    Programs.together(folder, Map.of(), "npm", "pack", "--silent", "@oven/bun-linux-x64")
        .succeeds();
    Programs.together(folder, Map.of(), "sh", "-c", "tar -xzf oven-bun-linux-x64-*.tgz").succeeds();
    Path agent = folder.resolve("agent");
    Programs.output(
        folder.resolve("package/bin/bun"),
        "build",
        "--compile",
        "--outfile",
        agent,
        RECIPE.resolve("agent.mjs"));
    assertThat(told(agent)).isEqualTo(FREE);
    Path wired = folder.resolve("agent-wired");
    Cli.ok("patch", "--policy", policy, "-o", wired, agent);
    Cli.ok("verify", "--policy", policy, "--original", agent, wired);
    isConfined(told(wired));
  }
}
