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
  /** The file has no trace of a patch, and is for a machine that is not supported. */
  UNSUPPORTED,
  /** The file has no trace of a patch, and is damaged or no program. */
  UNREADABLE,
  /** A signature holds for the bytes of the file, and its signer is not one that is trusted. */
  NOT_TRUSTED,
  /** Something else than the bytes of the file is missing or wrong, such as a library. */
  UNMET,
  /** Anything else: the bytes of the file are not those that were written. */
  FAILED
}
