package dev.hardwire.elf.note;

/**
 * A version of Hardwire, as patch records have it. A test keeps {@link #CURRENT} equal to the
 * version of the build.
 */
public record Release(int major, int minor, int patch) {
  /** The version of this build; a snapshot counts as the version that it leads to. */
  public static final Release CURRENT = new Release(0, 1, 0);

  /** Spelt out, as those of records load classes that nothing else at the start needs. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Release that
        && major == that.major
        && minor == that.minor
        && patch == that.patch;
  }

  @Override
  public int hashCode() {
    return 31 * (31 * major + minor) + patch;
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
