package dev.hardwire;

import dev.hardwire.output.OutputConflict;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.work.Refused;
import dev.hardwire.work.VerificationFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** A file, a key or an output is refused. Nothing was written. */
public final class HardwireException extends RuntimeException {
  /** The {@link #reason} if a signature cannot be made, or a key cannot be used. */
  public static final String SIGNATURE = "signature";

  /** The {@link #reason} if a file to be signed does not verify. */
  public static final String NOT_VERIFIED = "not-verified";

  /** The {@link #reason} if the output would overwrite the input. */
  public static final String OUTPUT = "output";

  /** Options of the command, and what does the same in Java. */
  private static final Map<String, String> IN_JAVA =
      Map.ofEntries(
          Map.entry("--hook post-init", "hook(Hook.POST_INIT)"),
          Map.entry("--hook entry", "hook(Hook.ENTRY)"),
          Map.entry("--hook first", "hook(Hook.FIRST)"),
          Map.entry("--mode stub", "no neededLibrary(...)"),
          Map.entry("--replace", "replaceExisting()"),
          Map.entry("--stack", "stackOnExisting()"),
          Map.entry("--shared-library", "allowSharedLibrary()"),
          Map.entry("--interpreter FILE", "acceptInterpreters(...)"));

  /** A stable identifier. */
  private final String reason;

  /** The path of the file; null if it is not known. A string, since paths are not serializable. */
  private final String file;

  /** File offset in bytes; -1 if there is none. */
  private final long offset;

  /** Name of a field in the gABI; null if there is none. */
  private final String field;

  /** What is wrong. */
  private final String detail;

  /** What to do; null if there is none. */
  private final String advice;

  private HardwireException(
      Path file,
      String reason,
      OptionalLong offset,
      String field,
      String detail,
      String advice,
      String message,
      Throwable cause) {
    super(message, cause);
    this.file = file == null ? null : file.toString();
    this.reason = reason;
    this.offset = offset.orElse(-1);
    this.field = field;
    this.detail = detail;
    this.advice = advice;
  }

  private HardwireException(Path file, Refused refused, RuntimeException cause) {
    this(
        file,
        refused.id(),
        OptionalLong.of(refused.offset()),
        refused.field(),
        refused.reason(),
        inJava(refused.advice()),
        refused.id() + ": " + inJava(refused.message()),
        cause);
  }

  private HardwireException(Path file, String reason, String detail, Exception cause) {
    this(file, reason, OptionalLong.empty(), null, detail, null, detail, cause);
  }

  /** A file that does not pass, with the check that failed. */
  static HardwireException of(Optional<VerifyResult.Check> failed) {
    return new HardwireException(
        null,
        NOT_VERIFIED,
        failed.map(check -> check.name() + ": " + check.detail()).orElse("the file does not pass"),
        null);
  }

  private static String inJava(String advice) {
    String text = advice;
    for (Map.Entry<String, String> option : IN_JAVA.entrySet()) {
      text = text.replace(option.getKey(), option.getValue());
    }
    return text;
  }

  /** Work that may fail in the implementation's ways. */
  interface Work<T> {
    T run() throws IOException, VerificationFailure;
  }

  /** Runs {@code work}, and translates its exceptions to those of the API. */
  static <T> T translated(Work<T> work) throws IOException {
    return translated(null, work);
  }

  /** The same for work on one file. */
  static <T> T translated(Path file, Work<T> work) throws IOException {
    try {
      return work.run();
    } catch (VerificationFailure e) {
      throw new HardwireException(file, NOT_VERIFIED, e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw e.getCause() instanceof RuntimeException cause ? translated(file, cause) : e;
    } catch (RuntimeException e) {
      throw translated(file, e);
    }
  }

  /** Work with keys that reads no file. */
  static <T> T checked(Supplier<T> work) {
    try {
      return work.get();
    } catch (SignatureFault e) {
      throw translated(null, e);
    }
  }

  private static RuntimeException translated(Path file, RuntimeException failure) {
    if (failure instanceof SignatureFault) {
      return new HardwireException(file, SIGNATURE, failure.getMessage(), failure);
    }
    if (failure instanceof OutputConflict) {
      return new HardwireException(file, OUTPUT, failure.getMessage(), failure);
    }
    return Refused.of(failure)
        .<RuntimeException>map(refused -> new HardwireException(file, refused, failure))
        .orElse(failure);
  }

  /**
   * The file that the work was about, by the path with which it was given.
   *
   * @return the path; empty if the failure is about no single file, such as that of a key
   */
  public Optional<Path> file() {
    return Optional.ofNullable(file).map(Path::of);
  }

  /**
   * A stable identifier, such as {@code not-elf} or {@code already-patched}. {@code
   * docs/support.md} describes the refusals of files.
   *
   * @return the identifier
   */
  public String reason() {
    return reason;
  }

  /**
   * The file offset in bytes of the field that is wrong; empty if no place in the file is.
   *
   * @return the offset
   */
  public OptionalLong offset() {
    return offset < 0 ? OptionalLong.empty() : OptionalLong.of(offset);
  }

  /**
   * The name of that field in the gABI, such as {@code e_phoff}.
   *
   * @return the name; empty if no field is wrong
   */
  public Optional<String> field() {
    return Optional.ofNullable(field);
  }

  /**
   * What is wrong, for people: a clause without the field and without advice.
   *
   * @return the clause
   */
  public String detail() {
    return detail;
  }

  /**
   * What the user can do about it: a clause.
   *
   * @return the clause; empty if there is none
   */
  public Optional<String> advice() {
    return Optional.ofNullable(advice);
  }
}
