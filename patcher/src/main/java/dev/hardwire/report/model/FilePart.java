package dev.hardwire.report.model;

/**
 * A segment or a section of a file.
 *
 * @param name for people; may contain any character
 * @param offset in the file, bytes
 * @param size in the file, bytes
 * @param address virtual address
 * @param flags such as {@code r-x}
 * @param change what the patch did to it
 */
public record FilePart(
    String name, long offset, long size, long address, String flags, Change change) {
  /** What a patch does to a part of a file. */
  public enum Change {
    SAME("unchanged"),
    MOVED("moved"),
    RESIZED("another size"),
    ADDED("added"),
    REMOVED("removed");

    private final String text;

    Change(String text) {
      this.text = text;
    }

    /** A word or two for people. */
    public String text() {
      return text;
    }
  }
}
