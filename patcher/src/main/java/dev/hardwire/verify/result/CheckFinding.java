package dev.hardwire.verify.result;

/** The result of a check, as far as programs have to tell results apart. */
public enum CheckFinding {
  /** The check passed. */
  PASSED,
  /** The file has no trace of a patch. */
  NOT_HARD_WIRED,
  /** The file has no trace of a signature, and one is required. */
  NOT_SIGNED,
  /** The file is signed, and no trust anchors were given. */
  NO_TRUST_ANCHORS,
  /** The policies allow every call, and that is not accepted. */
  ENFORCES_NOTHING,
  /** The patch depends on start code that is not known, and that is not accepted. */
  UNKNOWN_START_CODE,
  /** Anything else that is wrong. */
  FAILED
}
