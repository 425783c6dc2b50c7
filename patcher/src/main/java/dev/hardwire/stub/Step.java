package dev.hardwire.stub;

import dev.hardwire.elf.note.RawRecord;
import java.util.List;
import java.util.OptionalInt;

/** One record of a setup program. */
public sealed interface Step {
  /**
   * The number of steps to skip that leaves every program. The stub then exits with status 126
   * without a message.
   */
  int STOP = 255;

  /** What counts as failure of a system call. */
  enum Failure {
    /** Nothing. */
    NEVER(0),
    /** A result from -4095 to -1, which is how the kernel returns an error number. */
    ERROR(1),
    /**
     * Any result but zero: with SECCOMP_FILTER_FLAG_TSYNC, a thread ID means that this thread could
     * not be synchronised.
     */
    NON_ZERO(2);

    private final int code;

    Failure(int code) {
      this.code = code;
    }

    /** Its number in a record. */
    int code() {
      return code;
    }

    /** The test with a number. */
    static Failure of(int code) {
      for (Failure failure : values()) {
        if (failure.code == code) {
          return failure;
        }
      }
      throw new IllegalArgumentException("failure test " + code + " is not known");
    }
  }

  /**
   * A system call.
   *
   * @param arguments exactly six
   * @param resultWord the scratch word, counted in words, that takes the result
   * @param skipOnFailure steps to skip on failure; 0 stops the program with {@code message}
   * @param skipOnSuccess steps to skip on success
   * @param messageOffset offset of the message in the program's data
   * @param messageLength its length in bytes
   */
  record SystemCall(
      int number,
      List<Argument> arguments,
      OptionalInt resultWord,
      Failure failure,
      int skipOnFailure,
      int skipOnSuccess,
      long messageOffset,
      int messageLength)
      implements Step {
    public SystemCall {
      arguments = List.copyOf(arguments);
      if (arguments.size() != RawRecord.ARGUMENTS) {
        throw new IllegalArgumentException(
            "a system call has six arguments, not " + arguments.size());
      }
      if (number < 0 || number >= RawRecord.STORE) {
        throw new IllegalArgumentException(
            "system call number " + number + " does not fit a record");
      }
      requireField("steps to skip on failure", skipOnFailure, STOP);
      requireField("steps to skip on success", skipOnSuccess, STOP);
      requireField("length of the message", messageLength, 0xffff);
      requireField("offset of the message", messageOffset, 0xffff_ffffL);
      resultWord.ifPresent(word -> Argument.requireScratch((long) word * Long.BYTES, Long.BYTES));
    }

    @Override
    public SystemCall skipping(int steps, boolean onSuccess) {
      return new SystemCall(
          number,
          arguments,
          resultWord,
          failure,
          onSuccess ? skipOnFailure : steps,
          onSuccess ? steps : skipOnSuccess,
          messageOffset,
          messageLength);
    }
  }

  /**
   * Writes words into the scratch area, and continues with one of the following steps.
   *
   * @param words at most three; none in a step that only skips others
   * @param skip steps to skip
   */
  record Store(List<Word> words, int skip) implements Step {
    public Store {
      words = List.copyOf(words);
      if ((words.isEmpty() && skip == 0) || words.size() > RawRecord.ARGUMENTS / 2) {
        throw new IllegalArgumentException(
            "a store writes one to three words, not " + words.size());
      }
      requireField("steps to skip", skip, STOP);
    }

    /** A store that continues with the next step. */
    public Store(List<Word> words) {
      this(words, 0);
    }

    @Override
    public Store skipping(int steps, boolean onSuccess) {
      return new Store(words, steps);
    }
  }

  /**
   * The same step with another number of steps to skip.
   *
   * @param onSuccess whether on success or on failure; a store only succeeds
   */
  Step skipping(int steps, boolean onSuccess);

  private static void requireField(String what, long value, long max) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(what + ": " + value + " is outside 0.." + max);
    }
  }

  /**
   * A word to be written.
   *
   * @param scratchOffset its offset in bytes
   */
  record Word(Argument value, long scratchOffset) {
    public Word {
      Argument.requireScratch(scratchOffset, Long.BYTES);
    }
  }
}
