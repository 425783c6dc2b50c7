package dev.hardwire.learn.paths;

/** What a program did with a path. */
public enum PathUse {
  /** Opened it for reading. */
  READ,
  /** Opened it for writing, truncated it, or asked a device. */
  WRITE,
  /** Opened it, and would have made it. */
  CREATE,
  /** Made it: a file, a directory, a link, a socket. */
  MAKE,
  /** Removed it, or gave it another name. */
  REMOVE,
  /** Executed it. */
  EXECUTE,
  /** Looked for it to read it; it was missing. */
  MISS
}
