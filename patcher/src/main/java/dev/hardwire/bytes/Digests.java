package dev.hardwire.bytes;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;

/** SHA-256 (FIPS 180-4), computed by the Java platform. */
public final class Digests {
  /** Size of a digest in bytes. */
  public static final int SIZE = 32;

  private static final String NAME = "SHA-256";

  /** SHA-256 works on blocks of this size. */
  private static final int BLOCK = 64;

  /** Enough calls for the JVM to compile the compression function. */
  private static final int WARM_UP = 300;

  /** What {@link #prepare(FileBytes)} began. */
  private static volatile FileTask begun;

  private Digests() {}

  /** A new digest. */
  public static MessageDigest sha256() {
    if (Direct.IS_FIRST) {
      try {
        return MessageDigest.getInstance(NAME, Direct.PROVIDER);
      } catch (NoSuchAlgorithmException e) {
        // the class is not there: another Java platform
      }
    }
    try {
      return MessageDigest.getInstance(NAME);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /**
   * Offers the SHA-256 of the provider "SUN" and nothing else. That provider itself registers all
   * of its algorithms first, which takes a JVM that has just started 4 ms.
   */
  private static final class Direct extends Provider {
    /** Whether the platform would take it from there: the order of providers is configurable. */
    static final boolean IS_FIRST = "SUN".equals(Security.getProperty("security.provider.1"));

    static final Provider PROVIDER = new Direct();

    Direct() {
      super("SUN-SHA-256", "1", NAME);
      putService(
          new Service(
              this, "MessageDigest", NAME, "sun.security.provider.SHA2$SHA256", null, null));
    }
  }

  /**
   * Loads the implementation in a thread of its own. In a JVM that has just started this takes as
   * long as reading the options and the policy, during which the thread runs.
   */
  public static void prepare() {
    new WarmUp().start();
  }

  /** Computes the digest of a file, for {@link #of} to take, and closes the file. */
  public static void prepare(FileBytes file) {
    FileTask task = new FileTask(file);
    begun = task;
    task.start();
  }

  /** Computes the digest of some bytes, or takes what {@link #prepare(FileBytes)} began. */
  public static Task of(Bytes bytes) {
    FileTask task = begun;
    if (task != null && task.isOf(bytes)) {
      return task;
    }
    Task started = new Task(bytes);
    started.start();
    return started;
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
  public static class Task extends Thread {
    private final Bytes bytes;
    private Bytes result;
    private Throwable failure;

    private Task(Bytes bytes) {
      super("digest");
      this.bytes = bytes;
      setDaemon(true);
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

  /** Computes the digest of a file before it is known what it is needed for. */
  private static final class FileTask extends Task {
    private final FileBytes file;

    FileTask(FileBytes file) {
      super(file.bytes());
      this.file = file;
    }

    @Override
    public void run() {
      try (file) {
        super.run();
      } catch (IOException e) {
        // it was only read
      }
    }

    /** Whether {@code all} is the file, and the file is what it was when the thread started. */
    boolean isOf(Bytes all) {
      List<Extent> extents = all.extents();
      return extents.size() == 1
          && all.size() == file.size()
          && extents.get(0).file().map(file::isSameAs).orElse(false);
    }
  }
}
