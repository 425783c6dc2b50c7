package dev.hardwire.cli.report;

import dev.hardwire.HardwireException;
import dev.hardwire.cli.terminal.ColouredWriter;
import dev.hardwire.derive.DeriveException;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.learn.log.LearnException;
import dev.hardwire.output.OutputConflict;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.why.core.CoreException;
import dev.hardwire.work.FailureText;
import dev.hardwire.work.Refused;
import dev.hardwire.work.VerificationFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;

/** The one place that maps exceptions to exit codes and to error messages. */
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
      String text = TerminalText.shortened(prefix) + text(subject, failure);
      ColouredWriter.printError(err, TerminalText.of(text));
    }
    err.flush();
    return code;
  }

  /**
   * Reports what ended a command. Wrong usage is followed by the name of the help.
   *
   * @param command the command with its parents: {@code hardwire patch}
   */
  public ExitCode reportCommand(String command, Exception failure) {
    ExitCode code = report(null, failure);
    if (failure instanceof UsageException || unwrapped(failure) instanceof OutputConflict) {
      hint(command);
    }
    return code;
  }

  public void hint(String command) {
    err.println("Try '%s --help'".formatted(command));
    err.flush();
  }

  /** The failure without wrappers; the library wraps refusals, too. */
  public static Exception unwrapped(Exception thrown) {
    Exception failure = FailureText.unwrapped(thrown);
    return failure instanceof HardwireException && failure.getCause() instanceof Exception cause
        ? unwrapped(cause)
        : failure;
  }

  private static ExitCode codeOf(Exception failure) {
    if (failure instanceof UsageException
        || failure instanceof OutputConflict
        || failure instanceof SignatureFault
        || failure instanceof InvalidPathException) {
      return ExitCode.USAGE;
    }
    if (Refused.is(failure) || failure instanceof DeriveException) {
      return ExitCode.NOT_PATCHABLE;
    }
    if (failure instanceof UnprovableException unprovable && unprovable.lacksMemory()) {
      return ExitCode.INPUT_OUTPUT_FAILED;
    }
    if (failure instanceof PolicyException || failure instanceof UnprovableException) {
      return ExitCode.INVALID_POLICY;
    }
    if (failure instanceof VerificationFailure) {
      return ExitCode.VERIFICATION_FAILED;
    }
    if (failure instanceof CoreException core) {
      return core.isOfOtherDeath() ? ExitCode.VERIFICATION_FAILED : ExitCode.INPUT_OUTPUT_FAILED;
    }
    if (failure instanceof LearnException) {
      return ExitCode.INPUT_OUTPUT_FAILED;
    }
    return failure instanceof IOException ? ExitCode.INPUT_OUTPUT_FAILED : ExitCode.INTERNAL_ERROR;
  }

  /** A stable word for the failure. */
  public static String reason(Exception thrown) {
    Exception failure = unwrapped(thrown);
    if (Refused.is(failure)) {
      return Refused.of(failure).orElseThrow().id();
    }
    return switch (codeOf(failure)) {
      case USAGE -> "usage";
      case NOT_PATCHABLE -> "not-derived";
      case VERIFICATION_FAILED -> "not-verified";
      case INVALID_POLICY -> "policy";
      case INPUT_OUTPUT_FAILED -> "input-output";
      default -> "internal";
    };
  }

  /**
   * The error message.
   *
   * @param subject the file that the reader knows it is about; may be null
   */
  public static String text(String subject, Exception thrown) {
    Exception failure = unwrapped(thrown);
    boolean replaces =
        failure instanceof OutputConflict conflict
            && conflict.kind() == OutputConflict.Kind.REPLACES_INPUT;
    return TerminalText.shortened(
        FailureText.of(subject, failure) + (replaces ? "; use --in-place to replace it" : ""));
  }
}
