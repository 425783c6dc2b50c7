package dev.hardwire.verify.result;

/** What the proof of a file rests on, beside the bytes of the file. */
public enum Proof {
  /**
   * The kernel enters the patch before any other instruction: under first, and in a static program
   * under entry.
   */
  KERNEL("rests on the kernel's loading of the file alone: it enters the stub first"),

  /** The same, and the policy has phases, which begin later. */
  KERNEL_START(
      "rests on the kernel's loading of the file alone; that phases begin holds for files that a"
          + " linker made"),

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
    return switch (this) {
      case KERNEL -> "kernel";
      case KERNEL_START -> "kernel-start";
      case LINKED -> "linked";
    };
  }

  /** A predicate for people, whose subject is the proof. */
  public String text() {
    return text;
  }
}
