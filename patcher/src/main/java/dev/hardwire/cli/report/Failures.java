package dev.hardwire.cli.report;

import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.learn.LearnException;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.sign.SignatureFault;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.CompletionException;

/** Turns every exception into an exit code and a line for the user. */
public final class Failures {
  private final PrintWriter err;

  public Failures(PrintWriter err) {
    this.err = err;
  }

  /**
   * Reports a failure.
   *
   * @param subject the file concerned; null if there is none
   */
  public ExitCode report(String subject, Exception thrown) {
    if (thrown instanceof FileFault fault && fault.getCause() instanceof Exception cause) {
      return report(fault.file(), cause);
    }
    Exception failure = unwrapped(thrown);
    ExitCode code = codeOf(failure);
    String prefix = subject == null ? "hardwire: " : "hardwire: " + subject + ": ";
    if (code == ExitCode.INTERNAL_ERROR) {
      err.println(
          TerminalText.of(prefix)
              + "internal error; please report this with the stack trace below");
      failure.printStackTrace(err);
    } else {
      err.println(TerminalText.of(prefix + text(subject, failure)));
    }
    err.flush();
    return code;
  }

  /**
   * Reports what ended a command. Where its options make no sense together, its help is named.
   *
   * @param command the command with its parents: {@code hardwire patch}
   */
  public ExitCode reportCommand(String command, Exception failure) {
    ExitCode code = report(null, failure);
    if (failure instanceof UsageException) {
      hint(command);
    }
    return code;
  }

  /** Names a command's help. */
  public void hint(String command) {
    err.println("Try '%s --help'".formatted(command));
    err.flush();
  }

  /**
   * The cause of an unchecked exception: views of a file wrap read errors, and threads wrap the
   * exceptions of others.
   */
  public static Exception unwrapped(Exception failure) {
    boolean wraps =
        failure instanceof UncheckedIOException || failure instanceof CompletionException;
    return wraps && failure.getCause() instanceof Exception cause ? unwrapped(cause) : failure;
  }

  private static ExitCode codeOf(Exception failure) {
    if (failure instanceof UsageException
        || failure instanceof SignatureFault
        || failure instanceof InvalidPathException) {
      return ExitCode.USAGE;
    }
    if (failure instanceof ElfFormatException) {
      return ExitCode.NOT_PATCHABLE;
    }
    if (failure instanceof PolicyException) {
      return ExitCode.INVALID_POLICY;
    }
    if (failure instanceof VerificationFailure) {
      return ExitCode.VERIFICATION_FAILED;
    }
    if (failure instanceof LearnException) {
      return ExitCode.INPUT_OUTPUT_FAILED;
    }
    return failure instanceof IOException ? ExitCode.INPUT_OUTPUT_FAILED : ExitCode.INTERNAL_ERROR;
  }

  /** A stable identifier of the kind of failure. */
  public static String reason(Exception thrown) {
    Exception failure = unwrapped(thrown);
    if (failure instanceof ElfFormatException refused) {
      return refused.refusal().id();
    }
    return switch (codeOf(failure)) {
      case USAGE -> "usage";
      case VERIFICATION_FAILED -> "not-verified";
      case INVALID_POLICY -> "policy";
      case INPUT_OUTPUT_FAILED -> "input-output";
      default -> "internal";
    };
  }

  /** The message for a failure. */
  public static String text(String subject, Exception thrown) {
    Exception failure = unwrapped(thrown);
    if (failure instanceof ElfFormatException refused) {
      return refused.refusal().id() + ": " + refused.getMessage();
    }
    if (failure instanceof FileSystemException io) {
      boolean named = io.getFile() == null || io.getFile().equals(subject);
      return named ? reasonOf(io) : io.getFile() + ": " + reasonOf(io);
    }
    if (failure instanceof InvalidPathException path) {
      return path.getInput()
          + ": not a valid name in this locale; set LC_ALL=C.UTF-8, or give its directory";
    }
    return failure.getMessage();
  }

  private static String reasonOf(FileSystemException io) {
    if (io instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    if (io instanceof NotDirectoryException) {
      return "not a directory";
    }
    if (io instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (io instanceof FileAlreadyExistsException && io.getReason() == null) {
      return "already exists";
    }
    return io.getReason() == null ? "input or output failed" : io.getReason();
  }
}
