package dev.hardwire.verify.result;

/** What the proof of a file rests on, beside the bytes of the file. */
public enum Proof {
  /** The kernel enters the stub before any other instruction: a static program under entry. */
  KERNEL("rests on the kernel's loading of the file alone: it enters the stub first"),

  /**
   * Other code runs before the stub, and reads the file's tables: the dynamic linker and the C
   * library, or the start code of a static program.
   */
  LINKED(
      "holds for files that a linker made: what runs before the hook has to read their tables as"
          + " verify does");

  private final String text;

  Proof(String text) {
    this.text = text;
  }

  /** The name in JSON. */
  public String id() {
    return this == KERNEL ? "kernel" : "linked";
  }

  /** A predicate for people, whose subject is the proof. */
  public String text() {
    return text;
  }
}
