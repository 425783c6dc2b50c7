package dev.hardwire.report.model;

/**
 * What compiler and linker did against attacks on a program, in the words of checksec.
 *
 * @param relro whether tables of the dynamic linker are read-only once it is done: {@code full},
 *     {@code partial} or {@code no}
 * @param canary whether functions detect that their stack was overwritten
 * @param nx whether the stack cannot be executed
 * @param pie whether the program is loaded at random addresses: {@code yes}, {@code no}, or {@code
 *     dso} for a shared library
 * @param fortify whether functions of the C library check sizes
 */
public record Hardening(String relro, Found canary, boolean nx, String pie, Found fortify) {
  /** What the names of a program's symbols say. */
  public enum Found {
    YES("yes"),
    NO("no"),
    /** The program has no names. */
    UNKNOWN("unknown");

    private final String id;

    Found(String id) {
      this.id = id;
    }

    /** The name in documents. */
    public String id() {
      return id;
    }
  }

  /** One line, such as {@code RELRO full, canary yes, NX yes, PIE yes, FORTIFY no}. */
  public String text() {
    return "RELRO %s, canary %s, NX %s, PIE %s, FORTIFY %s"
        .formatted(relro, canary.id(), nx ? "yes" : "no", pie, fortify.id());
  }
}
