package dev.hardwire.learn.record;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Policy;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Options of learning.
 *
 * @param from the kinds of logs to read
 * @param exe if present, only the calls of this executable count: its path, or its file name alone
 * @param pid if present, only the calls of this process and its descendants count
 * @param base a policy to widen
 * @param arguments whether to propose conditions on arguments
 * @param whole whether all calls count, not only those after a policy was installed
 * @param ignoreOtherArchitectures whether calls of other architectures are ignored; otherwise they
 *     are errors
 * @param companions whether to allow calls that come with those that were seen
 * @param incomplete whether logs count of which it is known that calls are missing
 * @param architecture of the policy
 * @param proposals what is proposed beside rules for calls
 */
public record LearnOptions(
    From from,
    Optional<String> exe,
    OptionalInt pid,
    Optional<Policy> base,
    boolean arguments,
    boolean whole,
    boolean ignoreOtherArchitectures,
    boolean companions,
    boolean incomplete,
    Target architecture,
    Proposals proposals) {
  /** Kinds of logs. */
  public enum From {
    AUTO("auto"),
    STRACE("strace"),
    AUDIT("audit");

    private final String text;

    From(String text) {
      this.text = text;
    }

    /** Its name on the command line. */
    @Override
    public String toString() {
      return text;
    }
  }

  /** Options without proposals. */
  public LearnOptions(
      From from,
      Optional<String> exe,
      OptionalInt pid,
      Optional<Policy> base,
      boolean arguments,
      boolean whole,
      boolean ignoreOtherArchitectures,
      boolean companions,
      boolean incomplete,
      Target architecture) {
    this(
        from,
        exe,
        pid,
        base,
        arguments,
        whole,
        ignoreOtherArchitectures,
        companions,
        incomplete,
        architecture,
        Proposals.NONE);
  }

  /** The same options with proposals. */
  public LearnOptions proposing(Proposals more) {
    return new LearnOptions(
        from,
        exe,
        pid,
        base,
        arguments,
        whole,
        ignoreOtherArchitectures,
        companions,
        incomplete,
        architecture,
        more);
  }

  /** All logs and all processes, for x86-64. */
  public static LearnOptions defaults() {
    return everything(true);
  }

  /** All logs and all processes, for x86-64, and only what they have. */
  public static LearnOptions seenOnly() {
    return everything(false);
  }

  private static LearnOptions everything(boolean companions) {
    return new LearnOptions(
        From.AUTO,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        false,
        false,
        false,
        companions,
        false,
        Target.X86_64);
  }

  /**
   * The same options, for records of the kernel as they are made: what is lost is only a warning.
   */
  public LearnOptions forWatching() {
    return new LearnOptions(
        From.AUDIT,
        exe,
        pid,
        base,
        false,
        whole,
        ignoreOtherArchitectures,
        companions,
        true,
        architecture);
  }

  /**
   * Whether an executable is the one to learn from.
   *
   * @param path its bytes as characters, ISO 8859-1, as logs are read
   */
  boolean matches(String path) {
    if (exe.isEmpty()) {
      return true;
    }
    String wanted =
        new String(exe.get().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    return wanted.indexOf('/') < 0
        ? path.substring(path.lastIndexOf('/') + 1).equals(wanted)
        : path.equals(wanted);
  }
}
