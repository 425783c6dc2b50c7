package dev.hardwire.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Where the process starts and ends. */
public final class Main {
  private Main() {}

  public static void main(String... args) {
    System.exit(run(writer(FileDescriptor.out), writer(FileDescriptor.err), args));
  }

  private static PrintWriter writer(FileDescriptor descriptor) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), false);
  }

  /**
   * Runs a command as a function.
   *
   * @return the exit code, see {@link ExitCode}
   */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    Optional<FileCommand> quick = QuickStart.parse(args);
    int code =
        quick.isPresent() ? quick.get().run(new Streams(out, err)) : Hardwire.run(out, err, args);
    out.flush();
    err.flush();
    return code;
  }
}
