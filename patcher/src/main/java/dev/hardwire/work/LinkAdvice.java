package dev.hardwire.work;

import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds links below the paths that a policy lets a program read which lead to files that it may not
 * read, on the machine on which a program is patched. A link in a rule itself is followed at the
 * start; one below it leads out of the rule.
 */
final class LinkAdvice {
  /** The number of files to look at, so that a patch does not take seconds. */
  private static final int MOST_FILES = 20_000;

  private static final int MOST_WARNINGS = 5;

  /** Their links come and go: those of processes, of this boot, of temporary files. */
  private static final Set<Path> PASSING =
      Set.of(
          Path.of("/proc"), Path.of("/run"), Path.of("/dev"), Path.of("/tmp"), Path.of("/var/tmp"));

  private final List<Path> allowed = new ArrayList<>();
  private final List<PolicyWarning> warnings = new ArrayList<>();
  private int files;

  private LinkAdvice() {}

  static List<PolicyWarning> warnings(Policy policy) {
    LinkAdvice advice = new LinkAdvice();
    policy.landlock().flatMap(Landlock::read).ifPresent(advice::find);
    policy.phases().stream()
        .flatMap(phase -> phase.landlock().flatMap(Landlock::read).stream())
        .forEach(advice::find);
    return advice.warnings;
  }

  private void find(List<PathRule> rules) {
    allowed.clear();
    for (PathRule rule : rules) {
      if (rule.path().startsWith("/")) {
        real(Path.of(rule.path())).ifPresent(allowed::add);
      }
    }
    for (PathRule rule : rules) {
      Path start = Path.of(rule.path());
      if (start.isAbsolute() && !isPassing(start) && Files.isDirectory(start)) {
        below(rule, start);
      }
    }
  }

  /** Where links lead to; empty for what is missing here: the program may be for elsewhere. */
  private static Optional<Path> real(Path path) {
    try {
      return Optional.of(path.toRealPath());
    } catch (IOException missing) {
      return Optional.empty();
    }
  }

  private void below(PathRule rule, Path start) {
    Deque<Path> left = new ArrayDeque<>(List.of(start));
    while (!left.isEmpty() && files < MOST_FILES && warnings.size() < MOST_WARNINGS) {
      for (Path entry : entries(left.pop())) {
        files++;
        if (Files.isSymbolicLink(entry)) {
          link(rule, entry);
        } else if (!isPassing(entry) && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          left.add(entry);
        }
      }
    }
  }

  private static boolean isPassing(Path path) {
    for (Path passing : PASSING) {
      if (path.startsWith(passing)) {
        return true;
      }
    }
    return false;
  }

  /** The entries of a directory; none if whoever patches may not see them. */
  private static List<Path> entries(Path directory) {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    } catch (IOException | DirectoryIteratorException unreadable) {
      return List.of();
    }
    return entries;
  }

  private void link(PathRule rule, Path link) {
    Optional<Path> target = warnings.size() == MOST_WARNINGS ? Optional.empty() : real(link);
    if (target.isPresent() && allowed.stream().noneMatch(target.get()::startsWith)) {
      warnings.add(
          new PolicyWarning(
              rule.position(),
              "the link %s leads to %s, which no path under read covers; add it if the program reads it"
                  .formatted(link, target.get())));
    }
  }
}
