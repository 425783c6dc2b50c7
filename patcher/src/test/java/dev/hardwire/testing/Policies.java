package dev.hardwire.testing;

import java.util.List;

/** Options for the policies that the live tests use. */
public final class Policies {
  /** Denies a call that no test program makes, so that it enforces something. */
  public static final List<String> ALLOW_ALL = List.of("--deny", "swapoff");

  public static final List<String> ENFORCE_NOTHING = List.of("--deny", "");

  /** The first call ends the process. */
  public static final List<String> ALLOW_NOTHING = List.of("--allow", "");

  /** uname fails with {@link #ENETDOWN}. */
  public static final List<String> UNAME_ERRNO =
      List.of("--deny", "uname", "--default-action", "errno:ENETDOWN");

  /** uname ends the process. */
  public static final List<String> UNAME_KILLS = List.of("--deny", "uname");

  public static final int ENETDOWN = 100;

  private Policies() {}
}
