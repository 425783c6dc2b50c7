package dev.hardwire.verify.result;

import dev.hardwire.elf.Refusal;
import java.util.Optional;

/**
 * One thing that was checked.
 *
 * @param name short and stable, for machines
 * @param finding the result
 * @param detail what was found, a sentence for people
 * @param refusal why a part of the file cannot be read, if that is why the check failed
 */
public record Check(String name, CheckFinding finding, String detail, Optional<Refusal> refusal) {
  /** A check of which only is known whether it passed. */
  public Check(String name, boolean passed, String detail) {
    this(name, passed ? CheckFinding.PASSED : CheckFinding.FAILED, detail, Optional.empty());
  }

  public boolean passed() {
    return finding == CheckFinding.PASSED;
  }
}
