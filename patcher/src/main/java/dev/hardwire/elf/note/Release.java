package dev.hardwire.elf.note;

/**
 * A version of Hardwire, as patch records have it. A test keeps {@link #CURRENT} equal to the
 * version of the build.
 */
public record Release(int major, int minor, int patch) {
  /** The version of this build; a snapshot counts as the version that it leads to. */
  public static final Release CURRENT = new Release(0, 1, 0);

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
