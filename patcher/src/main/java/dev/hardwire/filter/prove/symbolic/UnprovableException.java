package dev.hardwire.filter.prove.symbolic;

/** A filter uses arithmetic that a proof cannot follow, or is too large for one. */
public final class UnprovableException extends RuntimeException {
  private final boolean lacksMemory;

  public UnprovableException(String reason) {
    this(reason, false);
  }

  private UnprovableException(String reason, boolean lacksMemory) {
    super(reason);
    this.lacksMemory = lacksMemory;
  }

  /** Whether the proof may be possible with a larger heap. */
  public boolean lacksMemory() {
    return lacksMemory;
  }

  /** The heap is too small for a large array; this is safe to report, since nothing else failed. */
  static UnprovableException outOfMemory() {
    return new UnprovableException(
        "the proof of its filter needs more than the Java heap of %d MiB (-Xmx)"
            .formatted(Runtime.getRuntime().maxMemory() >> 20),
        true);
  }
}
