package dev.hardwire.cli;

import dev.hardwire.bytes.Digests;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.Failures;
import dev.hardwire.cli.report.Streams;
import dev.hardwire.cli.terminal.ColouredWriter;
import dev.hardwire.cli.terminal.Terminal;
import dev.hardwire.output.ShutdownCleanup.EndNotice;
import dev.hardwire.work.EarlyDigest;
import dev.hardwire.work.FailureText;
import dev.hardwire.work.ToolVersion;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The entry point of the process, and its only exit. No thread outlives {@link #main}. */
public final class Main {
  /** The commands that compute digests. */
  private static final Set<String> DIGESTING =
      Set.of("patch", "restore", "verify", "sign", "run", "apply");

  private Main() {}

  public static void main(String... args) {
    prepare(args);
    Output output = new Output(FileDescriptor.out);
    PrintWriter err = writer(new FileOutputStream(FileDescriptor.err), 2);
    EndNotice.setOutput(err);
    int code = run(writer(output, 1), err, args);
    EndNotice.setOutput(null);
    if (output.failure != null && code == ExitCode.OK.code()) {
      code = new Failures(err).report("standard output", output.failure).code();
    }
    if (code != ExitCode.OK.code()) {
      System.exit(code);
    }
    // System.exit would load the classes for logging, as JDK 21 and newer can log the call.
  }

  static PrintWriter writer(OutputStream stream, int descriptor) {
    Writer encoded = new OutputStreamWriter(stream, StandardCharsets.UTF_8);
    return Terminal.hasColours(descriptor)
        ? new ColouredWriter(encoded)
        : new PrintWriter(encoded, false);
  }

  /** Remembers the write error that PrintWriter swallows. */
  private static final class Output extends FileOutputStream {
    private IOException failure;

    Output(FileDescriptor descriptor) {
      super(descriptor);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        super.write(bytes, offset, length);
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }
  }

  /**
   * Runs a command as a function.
   *
   * @return the exit code, see {@link ExitCode}
   */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    if (args.length == 1 && (args[0].equals("--version") || args[0].equals("-V"))) {
      out.println(ToolVersion.line()); // without picocli's model of all options
      out.flush();
      return ExitCode.OK.code();
    }
    int code;
    try {
      Optional<FileCommand> quick = QuickStart.parse(args);
      code =
          quick.isPresent()
              ? quick.get().run(new Streams(out, err))
              : HardwireCommand.run(out, err, args);
    } catch (OutOfMemoryError | StackOverflowError e) {
      code = new Failures(err).report(null, FailureText.exhausted(e)).code();
    }
    out.flush();
    err.flush();
    return code;
  }

  /** Begins with what takes longest, before all else. */
  static void prepare(String... args) {
    if (args.length > 0 && DIGESTING.contains(args[0])) {
      if ("patch".equals(args[0])) {
        EarlyDigest.begin(args);
      } else {
        Digests.prepare();
      }
    }
    Locale.setDefault(Locale.ENGLISH); // digits of some other languages are not 0 to 9
  }
}
