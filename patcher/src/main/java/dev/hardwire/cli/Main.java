package dev.hardwire.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** Where the process starts and ends. */
public final class Main {
  private Main() {}

  public static void main(String... args) {
    int code = Hardwire.run(writer(FileDescriptor.out), writer(FileDescriptor.err), args);
    System.exit(code);
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
    return Hardwire.run(out, err, args);
  }
}
