package dev.hardwire.verify;

import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.CheckFinding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Collects checks; what a check throws because of the file's bytes fails it. */
final class CheckList {
  /** Makes one check. */
  interface Body {
    /** Returns what was found, or throws {@link Failed} or an error about the file. */
    String run();
  }

  /** A check that failed, with what was found instead. */
  static final class Failed extends RuntimeException {
    private final CheckFinding finding;
    private final transient Optional<Refusal> refusal;

    Failed(String detail) {
      this(CheckFinding.FAILED, detail);
    }

    Failed(CheckFinding finding, String detail) {
      super(detail);
      this.finding = finding;
      this.refusal = Optional.empty();
    }

    Failed(CheckFinding finding, ElfFormatException cause) {
      super(cause.getMessage(), cause);
      this.finding = finding;
      this.refusal = Optional.of(cause.refusal());
    }
  }

  private final List<Check> checks = new ArrayList<>();
  private final String prefix;

  CheckList(String prefix) {
    this.prefix = prefix;
  }

  /** Makes a check and returns whether it passed. */
  boolean check(String name, Body body) {
    return check(name, body::run, found -> found).isPresent();
  }

  /**
   * Makes a check of something else than the bytes of the file.
   *
   * @param otherwise the result if it fails
   */
  boolean check(String name, CheckFinding otherwise, Body body) {
    try {
      return add(name, CheckFinding.PASSED, body.run(), Optional.empty());
    } catch (Failed | PolicyException | BytesException | SignatureFault e) {
      return add(name, otherwise, e.getMessage(), Optional.empty());
    } catch (ElfFormatException e) {
      return add(name, otherwise, e.getMessage(), Optional.of(e.refusal()));
    }
  }

  /**
   * Makes a check that reads something.
   *
   * @param found describes what was read
   * @return what was read; empty if the check failed
   */
  <T> Optional<T> check(String name, Supplier<T> reading, Function<T, String> found) {
    try {
      T read = reading.get();
      add(name, CheckFinding.PASSED, found.apply(read), Optional.empty());
      return Optional.of(read);
    } catch (Failed e) {
      add(name, e.finding, e.getMessage(), e.refusal);
    } catch (ElfFormatException e) {
      boolean named = e.refusal() == Refusal.UNKNOWN_INTERPRETER;
      CheckFinding finding = named ? CheckFinding.UNMET : CheckFinding.FAILED;
      add(name, finding, e.getMessage(), Optional.of(e.refusal()));
    } catch (PolicyException | BytesException | SignatureFault e) {
      add(name, CheckFinding.FAILED, e.getMessage(), Optional.empty());
    }
    return Optional.empty();
  }

  private boolean add(String name, CheckFinding finding, String detail, Optional<Refusal> refusal) {
    Check check = new Check(prefix + name, finding, detail, refusal);
    checks.add(check);
    return check.passed();
  }

  /** Throws unless {@code condition} holds. */
  static void require(boolean condition, String found) {
    if (!condition) {
      throw new Failed(found);
    }
  }

  /** Never returns; a body for checks that have failed already. */
  static String fail(String found) {
    throw new Failed(found);
  }

  /** The same with a finding of its own. */
  static String fail(CheckFinding finding, String found) {
    throw new Failed(finding, found);
  }

  /** Whether every check so far passed. */
  boolean passed() {
    return checks.stream().allMatch(Check::passed);
  }

  List<Check> checks() {
    return List.copyOf(checks);
  }
}
