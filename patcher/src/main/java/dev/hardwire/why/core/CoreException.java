package dev.hardwire.why.core;

/** A core file that cannot be read, or has no denied call. The message says which. */
public final class CoreException extends RuntimeException {
  private final boolean otherDeath;

  private CoreException(String message, boolean otherDeath) {
    super(message);
    this.otherDeath = otherDeath;
  }

  /** A file that is no core file, or is damaged. */
  public CoreException(String message) {
    this(message, false);
  }

  /** A core file of a program that no filter ended. */
  static CoreException otherDeath(String message) {
    return new CoreException(message, true);
  }

  /** Whether the file is well-formed, but no filter ended the program. */
  public boolean isOfOtherDeath() {
    return otherDeath;
  }
}
