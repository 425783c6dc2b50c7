package dev.hardwire.testing;

import dev.hardwire.cli.Main;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A {@code hardwire} for scripts, whose commands one process runs, with the packaged jar and in one
 * directory. Commands that start programs, read their standard input, are confined by the
 * environment or run elsewhere are given to the start script.
 */
public final class SharedCommand implements AutoCloseable {
  /**
   * Sends its words, each with a zero behind it, and runs what comes back, a script: it prints the
   * pieces of standard output and of standard error in their order.
   */
  private static final String SCRIPT =
      """
      #!/bin/bash
      case "$1 $2 " in
        run* | why* | harden* | *--exec*) exec '%1$s' "$@" ;;
      esac
      [ "$PWD$LD_PRELOAD$SECCOMP_SYSCALL_DENY$SECCOMP_SYSCALL_ALLOW" = '%2$s' ] || exec '%1$s' "$@"
      for word; do
        case $word in - | /dev/* | /proc/*) exec '%1$s' "$@" ;; esac
      done
      exec 3<>/dev/tcp/127.0.0.1/%3$d
      printf '%%s\\0' "$#" "$@" >&3
      IFS= read -r -d '' script <&3
      exec 3>&-
      eval "$script"
      echo 'hardwire: no answer' >&2
      exit 70
      """;

  private final Process process;

  /**
   * Starts the process.
   *
   * @param directory where scripts run
   * @param bin gets the command
   */
  public SharedCommand(Path directory, Path bin) throws IOException {
    Cli java = Cli.java(SharedCommand.class, Path.of("target/hardwire.jar"));
    ProcessBuilder builder =
        new ProcessBuilder(java.command())
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("LC_ALL", "C.UTF-8"); // as the start script does
    process = Programs.start(builder);
    BufferedReader printed =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    int port = Integer.parseInt(printed.readLine());
    Path command = bin.resolve("hardwire");
    Files.writeString(command, SCRIPT.formatted(Cli.SCRIPT, directory, port));
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close(); // which ends it
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The process: it ends with its standard input. */
  public static void main(String... args) throws IOException {
    ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    Thread commands = new Thread(() -> serve(server));
    commands.setDaemon(true);
    commands.start();
    System.out.println(server.getLocalPort());
    while (System.in.read() >= 0) {
      // nothing is sent
    }
  }

  private static void serve(ServerSocket server) {
    while (true) {
      try (Socket socket = server.accept()) {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        String[] words = new String[Integer.parseInt(word(in))];
        for (int i = 0; i < words.length; i++) {
          words[i] = word(in);
        }
        socket.getOutputStream().write(answer(words));
      } catch (IOException e) {
        e.printStackTrace(); // a script that lacks its answer fails
      }
    }
  }

  private static String word(DataInputStream in) throws IOException {
    ByteArrayOutputStream word = new ByteArrayOutputStream();
    for (int next = in.readByte(); next != 0; next = in.readByte()) {
      word.write(next);
    }
    return word.toString(StandardCharsets.UTF_8);
  }

  /** Runs a command, and returns a script that does the same as it did. */
  private static byte[] answer(String... words) {
    StringBuilder script = new StringBuilder();
    int status = Main.run(writer(script, ""), writer(script, " >&2"), words);
    return script.append("exit ").append(status).toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** With the buffer that the command has. */
  private static PrintWriter writer(StringBuilder script, String redirection) {
    OutputStream stream =
        new OutputStream() {
          @Override
          public void write(int one) {
            write(new byte[] {(byte) one}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            String text = new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
            script
                .append("printf %s '")
                .append(text.replace("'", "'\\''"))
                .append("'")
                .append(redirection)
                .append('\n');
          }
        };
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8));
  }
}
