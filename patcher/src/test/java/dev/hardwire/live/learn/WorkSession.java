package dev.hardwire.live.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** A program at work, from its start to its end. */
final class WorkSession {
  /** Programs have the same locale when they are learned, as the tests have, and work again. */
  private static final Map<String, String> LOCALE =
      Map.of("LC_ALL", System.getenv().getOrDefault("LC_ALL", ""));

  private WorkSession() {}

  /** What is done with a program while it runs; at the end of it the program ends. */
  interface Work {
    void done() throws IOException;
  }

  /**
   * Runs a program, and works with it in between.
   *
   * @param folder takes its output
   * @param seconds after which it must have ended when the work is done
   */
  static Outcome run(Path folder, int seconds, List<String> command, Work work) throws IOException {
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    Process process = Programs.start(LOCALE, command, out, err);
    try {
      work.done();
      assertThat(process.waitFor(seconds, TimeUnit.SECONDS)).as("%s", command).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  static int freePort() throws IOException {
    Random random = new Random();
    for (int attempt = 0; ; attempt++) {
      int port = 10_000 + random.nextInt(20_000); // learn proposes none that the kernel gives out
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException inUse) {
        if (attempt == 100) {
          throw inUse;
        }
      }
    }
  }
}
