package dev.hardwire.derive.link;

/** How a function was reached. */
public enum Via {
  ROOT,
  CALL,
  JUMP,
  FALL,
  TAKEN,
  DATA,
  RESOLVER,
  LOOKUP
}
