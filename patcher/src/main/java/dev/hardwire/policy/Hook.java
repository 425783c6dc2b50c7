package dev.hardwire.policy;

/** Where a patched executable installs its policy. */
public enum Hook {
  /**
   * The first element of the init array ({@code DT_INIT_ARRAY}, gABI chapter 5): after the
   * constructors of shared libraries, before those of the program.
   */
  INIT("init"),
  /** The last element of the init array, after the constructor that the program has there. */
  POST_INIT("post-init"),
  /**
   * The entry point ({@code e_entry}): after the dynamic linker, and before any code of a static
   * program.
   */
  ENTRY("entry"),
  /**
   * The entry point of a file that no longer names its dynamic linker: the kernel enters the stub
   * before everything else, and a loader behind the stub maps the dynamic linker.
   */
  FIRST("first");

  private final String id;

  Hook(String id) {
    this.id = id;
  }

  /**
   * The name on the command line and in reports.
   *
   * @return such as {@code post-init}
   */
  public String id() {
    return id;
  }

  @Override
  public String toString() {
    return id;
  }
}
