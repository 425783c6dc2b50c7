package dev.hardwire.learn;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Policy;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What counts, and what comes of it.
 *
 * @param from which kinds of logs are read
 * @param exe only what this executable did: its path, or its file name alone
 * @param pid only what this process and its descendants did
 * @param base a policy that is widened
 * @param arguments whether conditions of arguments are proposed
 * @param whole whether everything counts, not only what came after a policy was installed
 * @param ignoreOtherArchitectures whether calls of other architectures are left out; otherwise they
 *     are errors
 * @param architecture the one that the policy is for
 */
public record LearnOptions(
    From from,
    Optional<String> exe,
    OptionalInt pid,
    Optional<Policy> base,
    boolean arguments,
    boolean whole,
    boolean ignoreOtherArchitectures,
    Target architecture) {
  /** Kinds of logs. */
  public enum From {
    AUTO("auto"),
    STRACE("strace"),
    AUDIT("audit");

    private final String text;

    From(String text) {
      this.text = text;
    }

    /** As the command line has it. */
    @Override
    public String toString() {
      return text;
    }
  }

  /** Everything that any log says of any process of an x86-64 system. */
  public static LearnOptions defaults() {
    return new LearnOptions(
        From.AUTO,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        false,
        false,
        false,
        Target.X86_64);
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
