package dev.hardwire.live;

import java.util.List;

/** Options for the policies that the live tests use. */
final class Policies {
  static final List<String> ALLOW_ALL = List.of("--deny", "");

  /** The first call ends the process. */
  static final List<String> ALLOW_NOTHING = List.of("--allow", "");

  /** uname fails with {@link #ENETDOWN}. */
  static final List<String> UNAME_ERRNO =
      List.of("--deny", "uname", "--default-action", "errno:ENETDOWN");

  /** uname ends the process. */
  static final List<String> UNAME_KILLS = List.of("--deny", "uname");

  static final int ENETDOWN = 100;

  private Policies() {}
}
