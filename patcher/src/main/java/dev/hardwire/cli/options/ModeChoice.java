package dev.hardwire.cli.options;

/** The values of {@code --mode}. */
public enum ModeChoice {
  STUB,
  NEEDED;

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
