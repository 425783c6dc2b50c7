package dev.hardwire.work;

/** What to do with a file that is patched already. */
public enum ExistingPatch {
  /** Refuse the file. */
  REFUSE,
  /** Restore the original and patch that; signatures are removed. */
  REPLACE,
  /** Add a second policy, so that both apply; signatures are removed. */
  STACK
}
