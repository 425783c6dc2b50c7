package dev.hardwire.work;

import dev.hardwire.input.IoText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.InvalidPathException;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/** What failures say, in words: one line for people. */
public final class FailureText {
  private FailureText() {}

  /**
   * What an error means to users.
   *
   * @return lack of memory, or an exception that wraps an internal error
   */
  public static Exception ofError(Error error) {
    Optional<IOException> exhausted = exhausted(error);
    return exhausted.isPresent() ? exhausted.get() : new InternalFailure(error);
  }

  /** An error in Hardwire itself. */
  private static final class InternalFailure extends RuntimeException {
    InternalFailure(Error cause) {
      super(cause.getMessage(), cause);
    }
  }

  /**
   * Lack of memory, if that is the reason of a failure: it says what was missing, and how to give
   * the JVM more.
   *
   * <p>A class whose initialization lacked memory is never usable again in the same JVM; whatever
   * needs it later gets a NoClassDefFoundError, of which the JVM tells the first reason, unless it
   * lacked the memory for that as well.
   */
  private static Optional<IOException> exhausted(Throwable failure) {
    if (failure instanceof StackOverflowError) {
      return Optional.of(
          new IOException(
              "nested too deeply for Java's stack; give it more, as by JDK_JAVA_OPTIONS=-Xss16m"));
    }
    for (Throwable one = failure; one != null; one = one.getCause()) {
      if (one instanceof OutOfMemoryError) {
        return Optional.of(exhausted(String.valueOf(one.getMessage())));
      }
      if (one instanceof LinkageError linkage && isOfMemory(linkage)) {
        return Optional.of(exhausted("Java heap space"));
      }
    }
    return Optional.empty();
  }

  private static boolean isOfMemory(LinkageError error) {
    String message = String.valueOf(error.getMessage());
    return message.contains(OutOfMemoryError.class.getName())
        || (error.getCause() == null && message.startsWith("Could not initialize class"));
  }

  private static IOException exhausted(String what) {
    return new IOException(
        "not enough memory (%s); give Java more, as by JDK_JAVA_OPTIONS=-Xmx2g, or use fewer --jobs"
            .formatted(what));
  }

  /**
   * The failure without wrappers: a view of a file that can no longer be read throws an unchecked
   * exception, perhaps in another thread. So may a directory, and lack of memory.
   */
  public static Exception unwrapped(Exception failure) {
    boolean wraps =
        failure instanceof UncheckedIOException
            || failure instanceof DirectoryIteratorException
            || failure instanceof CompletionException;
    Throwable cause = failure.getCause();
    Optional<IOException> exhausted = exhausted(wraps ? cause : failure);
    if (exhausted.isPresent()) {
      return exhausted.get();
    }
    return wraps && cause instanceof Exception inner ? unwrapped(inner) : failure;
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
