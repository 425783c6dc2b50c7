package dev.hardwire.elf.note;

/** How a patched executable comes to run its setup program. */
public enum Hook {
  /**
   * The first element of the init array: after the libraries' constructors, before the program's
   * own.
   */
  INIT("init", 1),
  /** The last element of the init array, after the constructor that stood there. */
  POST_INIT("post-init", 2),
  /** e_entry: after the dynamic linker, or before anything else in a static program. */
  ENTRY("entry", 3);

  private final String text;
  private final int code;

  Hook(String text, int code) {
    this.text = text;
    this.code = code;
  }

  /** The name on the command line and in reports. */
  public String text() {
    return text;
  }

  /** The number in the setup note. */
  public int code() {
    return code;
  }

  @Override
  public String toString() {
    return text;
  }
}
