package dev.hardwire.derive.link;

/** How a function was reached. */
enum Via {
  ROOT,
  CALL,
  JUMP,
  FALL,
  TAKEN,
  DATA,
  RESOLVER,
  LOOKUP
}
