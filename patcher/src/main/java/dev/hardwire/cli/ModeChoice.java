package dev.hardwire.cli;

/** The values of {@code --mode}. */
enum ModeChoice {
  STUB,
  NEEDED;

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
