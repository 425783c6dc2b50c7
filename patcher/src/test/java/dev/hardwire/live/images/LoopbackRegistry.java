package dev.hardwire.live.images;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** Debian's registry for container images, on a free port of the loopback interface. */
final class LoopbackRegistry implements AutoCloseable {
  private final Process process;
  private final int port;

  private LoopbackRegistry(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts one that keeps its files in a directory. */
  static LoopbackRegistry start(Path directory) throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Files.createDirectories(directory);
    Path configuration =
        Files.writeString(
            directory.resolve("registry.yml"),
            """
            version: 0.1
            storage:
              filesystem:
                rootdirectory: %s
            http:
              addr: 127.0.0.1:%d
            """
                .formatted(directory.resolve("registry"), port));
    Process process =
        new ProcessBuilder("docker-registry", "serve", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("registry.log").toFile())
            .start();
    LoopbackRegistry registry = new LoopbackRegistry(process, port);
    registry.await();
    return registry;
  }

  private void await() throws InterruptedException {
    for (int i = 0; i < 300; i++) {
      try {
        HttpURLConnection connection =
            (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + "/v2/").toURL().openConnection();
        if (connection.getResponseCode() == HttpURLConnection.HTTP_OK) {
          return;
        }
      } catch (IOException notYet) {
        // it starts
      }
      Thread.sleep(100);
    }
    process.destroy();
    throw new AssertionError("the registry does not answer");
  }

  /** The name of a repository in it. */
  String repository(String name) {
    return "127.0.0.1:" + port + "/" + name;
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
