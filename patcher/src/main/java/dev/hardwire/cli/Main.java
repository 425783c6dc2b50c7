package dev.hardwire.cli;

import dev.hardwire.bytes.Digests;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.patch.KeepCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.Failures;
import dev.hardwire.cli.report.Streams;
import dev.hardwire.cli.terminal.ColouredWriter;
import dev.hardwire.cli.terminal.Terminal;
import dev.hardwire.output.ShutdownCleanup;
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
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The entry point of the process, and its only exit. No thread outlives {@link #main}. */
public final class Main {
  /** The commands that compute digests. */
  private static final Set<String> DIGESTING =
      Set.of("patch", "restore", "verify", "sign", "run", "apply");

  private static final int MEMORY = ExitCode.INPUT_OUTPUT_FAILED.code();

  /** The command that package managers wait for: picocli would take most of its time. */
  private static final String[] REFRESH = {"keep", "refresh"};

  private Main() {}

  public static void main(String... args) {
    watchEnd();
    int code;
    try {
      code = runProcess(args);
    } catch (OutOfMemoryError | NoClassDefFoundError e) { // not enough to say so otherwise
      code = LastWords.print();
    }
    ShutdownCleanup.finishCommand(code);
    if (code != ExitCode.OK.code()) {
      System.exit(code);
    }
    // System.exit would load the classes for logging, as JDK 21 and newer can log the call.
  }

  /** Lets the end of this process by a signal be told, until the run is finished. */
  static void watchEnd() {
    ShutdownCleanup.beginCommand(status -> Runtime.getRuntime().halt(status));
  }

  private static int runProcess(String... args) {
    prepare(args);
    Output output = new Output(FileDescriptor.out);
    PrintWriter err = writer(new FileOutputStream(FileDescriptor.err), 2);
    ShutdownCleanup.setOutput(err);
    int code = run(writer(output, 1), err, args);
    if (output.failure == null || code != ExitCode.OK.code()) {
      return code;
    }
    return Terminal.goesToProcess(1) // one that has read enough, such as head(1), is told nothing
        ? ExitCode.INPUT_OUTPUT_FAILED.code()
        : new Failures(err).report("standard output", output.failure).code();
  }

  /** What is printed when there is no memory for anything else: everything is there before. */
  private static final class LastWords implements Thread.UncaughtExceptionHandler {
    private static final FileOutputStream ERR = new FileOutputStream(FileDescriptor.err);
    private static final byte[] TEXT =
        "hardwire: not enough memory; give Java more, as by JDK_JAVA_OPTIONS=-Xmx2g\n"
            .getBytes(StandardCharsets.US_ASCII);

    static int print() {
      try {
        ERR.write(TEXT);
      } catch (IOException e) {
        return MEMORY; // there is no place for it
      }
      return MEMORY;
    }

    /** Lack of memory in a thread is told by the one that waits for its result. */
    @Override
    public void uncaughtException(Thread thread, Throwable thrown) {
      if (!(thrown instanceof OutOfMemoryError) && !(thrown instanceof NoClassDefFoundError)) {
        PrintWriter err = writer(ERR, 2);
        thrown.printStackTrace(err);
        err.flush();
      }
    }
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
      if (quick.isPresent()) {
        code = quick.get().run(new Streams(out, err));
      } else if (Arrays.equals(args, REFRESH)) {
        code = KeepCommand.refreshQuickly(new Streams(out, err));
      } else {
        code = HardwireCommand.run(out, err, args);
      }
    } catch (Error e) {
      code = new Failures(err).report(null, FailureText.ofError(e)).code();
    }
    out.flush();
    err.flush();
    return code;
  }

  /** Begins with what takes longest, before all else. */
  static void prepare(String... args) {
    Thread.setDefaultUncaughtExceptionHandler(new LastWords());
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
