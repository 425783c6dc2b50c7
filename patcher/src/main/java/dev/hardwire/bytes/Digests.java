package dev.hardwire.bytes;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/** SHA-256 (FIPS 180-4), computed by the Java platform. */
public final class Digests {
  /** SHA-256 works on blocks of this size. */
  private static final int BLOCK = 64;

  /** Enough calls for the JVM to compile the compression function. */
  private static final int WARM_UP = 300;

  private Digests() {}

  /** A new digest. */
  static MessageDigest sha256() {
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
    start(Digests::warmUp);
  }

  private static void warmUp() {
    MessageDigest digest = sha256();
    byte[] block = new byte[BLOCK];
    for (int i = 0; i < WARM_UP; i++) {
      digest.update(block);
    }
    digest.digest();
  }

  /**
   * Computes a digest in a thread of its own.
   *
   * @return waits for the result; throws what went wrong
   */
  public static Supplier<Bytes> later(Bytes bytes) {
    FutureTask<Bytes> task = new FutureTask<>(bytes::sha256);
    start(task);
    return () -> await(task);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "digest");
    thread.setDaemon(true);
    thread.start();
  }

  private static Bytes await(FutureTask<Bytes> task) {
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
  }
}
