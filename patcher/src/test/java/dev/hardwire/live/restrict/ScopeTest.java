package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.Takes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that a program cannot reach. */
@Takes(KernelFeature.SCOPE)
class ScopeTest {
  private static final String LISTENER =
      """
      import socket, sys, time
      s = socket.socket(socket.AF_UNIX)
      s.bind('\\0' + sys.argv[1])
      s.listen()
      print('ready', flush=True)
      time.sleep(60)
      """;

  @TempDir private Path folder;

  @Test
  void signalsStayInside() throws IOException {
    Path program = new Restricted(folder).patched(Restricted.TRY, "landlock: {scope: [signal]}");
    String parent = "signal:" + ProcessHandle.current().pid();
    assertThat(Restricted.results(Restricted.TRY, parent)).containsEntry(parent, "ok");
    assertThat(Restricted.results(program, parent, "signal:0"))
        .containsEntry(parent, "EPERM")
        .containsEntry("signal:0", "ok");
  }

  @Test
  void abstractSocketsOfOthersAreOutOfReach() throws Exception {
    Path program =
        new Restricted(folder).patched(Restricted.TRY, "landlock: {scope: [abstract-unix-socket]}");
    String name = "hardwire-" + ProcessHandle.current().pid();
    Process listener = Programs.start(new ProcessBuilder("python3", "-c", LISTENER, name));
    try {
      assertThat(listener.inputReader().readLine()).isEqualTo("ready");
      String attempt = "abstract:" + name;
      assertThat(Restricted.results(Restricted.TRY, attempt)).containsEntry(attempt, "ok");
      assertThat(Restricted.results(program, attempt)).containsEntry(attempt, "EPERM");
    } finally {
      listener.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }
}
