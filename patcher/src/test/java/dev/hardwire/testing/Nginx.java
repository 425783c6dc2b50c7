package dev.hardwire.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Configurations of nginx with two workers and all files in one folder. */
public final class Nginx {
  private Nginx() {}

  /**
   * Writes {@code nginx.conf}.
   *
   * @param folder the prefix ({@code -p}); it has the folders {@code html} and {@code logs}
   * @param port of the loopback device
   * @param server what is said about the server beside address and root
   */
  public static Path configure(Path folder, int port, String server) throws IOException {
    return Files.writeString(
        folder.resolve("nginx.conf"),
        """
        worker_processes 2;
        daemon off;
        user root;
        pid logs/nginx.pid;
        error_log logs/error.log;
        events { worker_connections 64; }
        http {
          access_log logs/access.log;
          client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u;
          scgi_temp_path s;
          server { listen 127.0.0.1:%d; root html; %s }
        }
        """
            .formatted(port, server));
  }
}
