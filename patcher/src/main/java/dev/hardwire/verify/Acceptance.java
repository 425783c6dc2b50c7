package dev.hardwire.verify;

/** What the verifier accepts only if the user says so. */
public enum Acceptance {
  /** Policies that allow every call. */
  EMPTY_POLICY,
  /** Start code that is not compared with known code, on which the patch depends. */
  START_CODE
}
