package dev.hardwire.derive.rules;

import java.util.HashSet;
import java.util.Set;

/** The rules that left something out, as policies name them. */
final class AppliedRules {
  private final Set<String> texts = new HashSet<>();

  /** Adds a rule if it leaves something out; whether it does. */
  boolean add(boolean leavesOut, String text) {
    if (leavesOut) {
      texts.add(text);
    }
    return leavesOut;
  }

  /** Removes a rule whose condition does not hold. */
  void remove(String text) {
    texts.remove(text);
  }

  Set<String> texts() {
    return texts;
  }
}
