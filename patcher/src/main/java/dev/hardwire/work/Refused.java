package dev.hardwire.work;

import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import java.util.Optional;

/**
 * Why a file was refused.
 *
 * @param id stable, such as {@code not-elf}
 * @param offset file offset in bytes of the field that is wrong
 * @param field its name in the gABI, such as {@code e_phoff}
 * @param reason what is wrong with it
 * @param advice what the user can do
 * @param message all of that but the id, one line
 */
public record Refused(
    String id, long offset, String field, String reason, String advice, String message) {
  /** The {@link #id} for a file that is not patched. */
  public static final String NOT_PATCHED = Refusal.NOT_PATCHED.id();

  /** The refusal that an exception stands for; empty if it is another failure. */
  public static Optional<Refused> of(Throwable failure) {
    if (!(failure instanceof ElfFormatException refused)) {
      return Optional.empty();
    }
    String advice = refused.advice().orElse(Advice.on(refused.refusal()));
    return Optional.of(
        new Refused(
            refused.refusal().id(),
            refused.offset(),
            refused.field(),
            refused.reason(),
            advice,
            refused.getMessage() + "; " + advice));
  }

  /** Whether an exception is a refusal. */
  public static boolean is(Throwable failure) {
    return failure instanceof ElfFormatException;
  }
}
