package dev.hardwire.sign.algorithm;

import java.util.function.Supplier;

/** A signature, a certificate or a key is invalid; the message gives the reason. */
public final class SignatureFault extends RuntimeException {
  public SignatureFault(String message) {
    super(message);
  }

  public SignatureFault(String message, Throwable cause) {
    super(message, cause);
  }

  /** Throws unless {@code condition} holds. */
  public static void require(boolean condition, Supplier<String> fault) {
    if (!condition) {
      throw new SignatureFault(fault.get());
    }
  }

  /** Throws unless {@code condition} holds. */
  public static void require(boolean condition, String fault) {
    if (!condition) {
      throw new SignatureFault(fault);
    }
  }

  /** Runs a step of verification; any exception of a parser becomes a fault. */
  public static <T> T guard(Supplier<T> step) {
    try {
      return step.get();
    } catch (SignatureFault e) {
      throw e;
    } catch (RuntimeException e) {
      throw new SignatureFault("the signature cannot be checked: " + e.getMessage(), e);
    }
  }
}
