package dev.hardwire.verify;

import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.sign.SignatureFault;
import java.util.ArrayList;
import java.util.List;

/** Collects checks; what a check throws because of the file's bytes fails it. */
final class CheckList {
  /** Makes one check. */
  interface Body {
    /** Returns what was found, or throws {@link Failed} or an error about the file. */
    String run();
  }

  /** A check that failed, with what was found instead. */
  static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Failed(String detail) {
      super(detail);
    }
  }

  private final List<Check> checks = new ArrayList<>();
  private final String prefix;

  CheckList(String prefix) {
    this.prefix = prefix;
  }

  /** Makes a check and returns whether it passed. */
  boolean check(String name, Body body) {
    Check check;
    try {
      check = new Check(prefix + name, true, body.run());
    } catch (Failed | ElfFormatException | PolicyException | BytesException | SignatureFault e) {
      check = new Check(prefix + name, false, e.getMessage());
    }
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

  /** Whether every check so far passed. */
  boolean passed() {
    return checks.stream().allMatch(Check::passed);
  }

  List<Check> checks() {
    return List.copyOf(checks);
  }
}
