package dev.hardwire.bytes;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;
import java.util.concurrent.CompletionException;

/** SHA-256 (FIPS 180-4), computed by the Java platform. */
public final class Digests {
  /** SHA-256 works on blocks of this size. */
  private static final int BLOCK = 64;

  /** Enough calls for the JVM to compile the compression function. */
  private static final int WARM_UP = 300;

  private Digests() {}

  /** A new digest. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /**
   * Loads the implementation in a thread of its own. In a JVM that has just started this takes as
   * long as reading the options and the policy, during which the thread runs.
   */
  public static void prepare() {
    new WarmUp().start();
  }

  /** Not a lambda, which takes a JVM longer to make than a class takes to load. */
  private static final class WarmUp extends Thread {
    WarmUp() {
      super("digest");
      setDaemon(true);
    }

    @Override
    public void run() {
      MessageDigest digest = sha256();
      byte[] block = new byte[BLOCK];
      for (int i = 0; i < WARM_UP; i++) {
        digest.update(block);
      }
      digest.digest();
    }
  }

  /** Computes the digest of some bytes in a thread of its own. */
  public static final class Task extends Thread {
    private final Bytes bytes;
    private Bytes result;
    private Throwable failure;

    /** Starts at once. */
    public Task(Bytes bytes) {
      super("digest");
      this.bytes = bytes;
      setDaemon(true);
      start();
    }

    @Override
    public void run() {
      try {
        result = bytes.sha256();
      } catch (RuntimeException | Error e) {
        failure = e;
      }
    }

    /** Waits for the digest; throws what went wrong. */
    public Bytes await() {
      try {
        join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CompletionException(e);
      }
      if (failure instanceof Error error) {
        throw error;
      }
      if (failure instanceof RuntimeException exception) {
        throw exception;
      }
      return Objects.requireNonNull(result, "the thread has set a result");
    }
  }
}
