package dev.hardwire.work;

import dev.hardwire.input.IoText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.util.concurrent.CompletionException;

/** What failures say, in words: one line for people. */
public final class FailureText {
  private FailureText() {}

  /** A failure that says what memory was missing, and how to give the JVM more. */
  public static IOException exhausted(VirtualMachineError error) {
    return new IOException(
        error instanceof StackOverflowError
            ? "nested too deeply for Java's stack; give it more, as by JDK_JAVA_OPTIONS=-Xss16m"
            : "not enough memory (%s); give Java more, as by JDK_JAVA_OPTIONS=-Xmx2g, or use fewer"
                    .formatted(error.getMessage())
                + " --jobs");
  }

  /**
   * The failure without wrappers: a view of a file that can no longer be read throws an unchecked
   * exception, perhaps in another thread. Lack of memory in another thread is {@link #exhausted}.
   */
  public static Exception unwrapped(Exception failure) {
    if (failure.getCause() instanceof VirtualMachineError error) {
      return exhausted(error);
    }
    boolean wraps =
        failure instanceof UncheckedIOException || failure instanceof CompletionException;
    return wraps && failure.getCause() instanceof Exception cause ? unwrapped(cause) : failure;
  }

  /**
   * The text of a failure.
   *
   * @param subject the file that the reader knows it is about; may be null
   */
  public static String of(String subject, Exception thrown) {
    Exception failure = unwrapped(thrown);
    if (failure instanceof IOException io) {
      return IoText.of(subject, io);
    }
    if (failure instanceof InvalidPathException path) {
      return path.getInput()
          + ": not a valid name in this locale; set LC_ALL=C.UTF-8, or give its directory";
    }
    return Refused.of(failure)
        .map(refused -> refused.id() + ": " + refused.message())
        .orElse(failure.getMessage());
  }
}
