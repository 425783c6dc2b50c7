package dev.hardwire.derive.link;

/** How a function was reached. */
public enum EdgeKind {
  ROOT,
  CALL,
  JUMP,
  FALL,
  TAKEN,
  DATA,
  RESOLVER,
  LOOKUP
}
