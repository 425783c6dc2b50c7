package dev.hardwire.os;

/** Marks for tests, which may have their files on any file system. */
public final class AgedMarks {
  private static final long MINUTE = 60_000;

  private AgedMarks() {}

  /** Marks by a clock that is fast, so that files that were made just now are a minute old. */
  public static ContentMarks make() {
    return make(MINUTE);
  }

  /** Marks by the right clock. */
  public static ContentMarks young() {
    return make(0);
  }

  static ContentMarks make(long fast) {
    return new ContentMarks(any -> true, () -> System.currentTimeMillis() + fast);
  }
}
