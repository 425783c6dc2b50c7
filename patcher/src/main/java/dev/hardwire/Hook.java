package dev.hardwire;

import java.util.Optional;

/** Where a patched executable installs its policy. */
public enum Hook {
  /**
   * The first element of the init array ({@code DT_INIT_ARRAY}, gABI chapter 5): after the
   * constructors of shared libraries, before those of the program.
   */
  INIT("init"),
  /** The last element of the init array, after the constructor that the program has there. */
  POST_INIT("post-init"),
  /** The entry point ({@code e_entry}): before any code of a static program. */
  ENTRY("entry");

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

  static Optional<Hook> of(Optional<String> id) {
    for (Hook hook : values()) {
      if (id.isPresent() && hook.id.equals(id.get())) {
        return Optional.of(hook);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return id;
  }
}
