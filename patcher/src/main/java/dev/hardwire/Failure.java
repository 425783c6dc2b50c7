package dev.hardwire;

import dev.hardwire.output.OutputConflict;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.work.Refused;
import dev.hardwire.work.VerificationFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;

/** Translates exceptions of the implementation to those of the API. */
final class Failure {
  /** Work that may fail in the implementation's ways. */
  interface Work<T> {
    T run() throws IOException, VerificationFailure;
  }

  private Failure() {}

  /** Runs {@code work}. */
  static <T> T translated(Work<T> work) throws IOException {
    try {
      return work.run();
    } catch (VerificationFailure e) {
      throw of(HardwireException.NOT_VERIFIED, e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw e.getCause() instanceof RuntimeException cause ? translated(cause) : e;
    } catch (RuntimeException e) {
      throw translated(e);
    }
  }

  private static RuntimeException translated(RuntimeException failure) {
    if (failure instanceof SignatureFault) {
      return of(HardwireException.SIGNATURE, failure);
    }
    if (failure instanceof OutputConflict) {
      return of(HardwireException.OUTPUT, failure);
    }
    return Refused.of(failure).<RuntimeException>map(r -> of(r, failure)).orElse(failure);
  }

  private static HardwireException of(Refused refused, RuntimeException cause) {
    return new HardwireException(
        refused.id(),
        OptionalLong.of(refused.offset()),
        refused.field(),
        refused.reason(),
        refused.advice(),
        refused.id() + ": " + refused.message(),
        cause);
  }

  private static HardwireException of(String reason, Exception cause) {
    return new HardwireException(
        reason, OptionalLong.empty(), null, cause.getMessage(), null, cause.getMessage(), cause);
  }
}
