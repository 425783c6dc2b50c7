package dev.hardwire.why;

import dev.hardwire.learn.paths.Grant;
import java.util.List;
import java.util.stream.Collectors;

/**
 * An access that Landlock denied, as the kernel has recorded it.
 *
 * @param program the path of the program whose rules denied it; empty if it is not known
 * @param process that made the rules; 0 if it is not known
 * @param blockers the rights that are missing, such as {@code fs.read_file}
 * @param object a path, a port or the name of a process; empty if there is none
 */
public record DeniedAccess(String program, long process, List<String> blockers, String object) {
  public DeniedAccess {
    blockers = List.copyOf(blockers);
  }

  /** What to add to {@code landlock:} of the policy, or to take out of it. */
  public String remedy() {
    return Grant.of(blockers).stream().map(this::remedy).collect(Collectors.joining(", "));
  }

  private String remedy(Grant grant) {
    return switch (grant) {
      case SIGNAL, ABSTRACT_UNIX_SOCKET -> "take %s out of scope".formatted(grant);
      case DEVICES -> "nothing: no key allows to make devices";
      case NEVER -> "nothing: Landlock always denies it";
      default -> "%s: [%s]".formatted(grant, object);
    };
  }
}
