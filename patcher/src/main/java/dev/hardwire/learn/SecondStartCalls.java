package dev.hardwire.learn;

import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.policy.Policy;

/**
 * Adds the calls by which a patched program starts that executes itself: its policy already decides
 * them. They only take power away from a process.
 */
final class SecondStartCalls {
  private static final String WITH = "with ";
  private static final String REASON =
      "not seen; the program executes itself, and the patched file starts with it";

  private SecondStartCalls() {}

  /**
   * Adds them.
   *
   * @param first whether the hook is {@code first}
   */
  static void addTo(Needs needs, LearnOptions options, boolean first) {
    boolean landlock =
        options.proposals().landlock() || options.base().flatMap(Policy::landlock).isPresent();
    boolean limits = options.base().flatMap(Policy::limits).isPresent();
    boolean capabilities = options.base().flatMap(Policy::capabilities).isPresent();
    boolean seal = options.base().filter(Policy::seal).isPresent();
    boolean applies = false;
    for (String line : CallLines.of("second-start.txt")) {
      if (line.startsWith(WITH)) {
        applies =
            switch (line.substring(WITH.length())) {
              case "landlock" -> landlock;
              case "limits" -> limits;
              case "capabilities" -> capabilities;
              case "seal" -> seal;
              case "first" -> first;
              default -> true;
            };
      } else if (applies) {
        CallLines.entries(line, options.architecture())
            .forEach(entry -> needs.unseen(entry.call(), entry.when(), REASON));
      }
    }
  }
}
