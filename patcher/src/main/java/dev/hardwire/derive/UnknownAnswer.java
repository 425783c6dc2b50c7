package dev.hardwire.derive;

import dev.hardwire.policy.Action;
import java.util.List;

/** What a policy does about system calls whose numbers are not known. */
public sealed interface UnknownAnswer {
  /** There is no policy. */
  record Refuse() implements UnknownAnswer {}

  /** Every call is allowed, so that the policy forbids nothing. */
  record AllowAll() implements UnknownAnswer {}

  /** Calls that are not known to be reached fail with an error, and kill nothing. */
  record Fail(Action action) implements UnknownAnswer {}

  /** They are these calls. */
  record Calls(List<String> names) implements UnknownAnswer {
    public Calls {
      names = List.copyOf(names);
    }
  }

  /** They are those calls of a session that no code with known numbers makes. */
  record Session(String log, List<String> names) implements UnknownAnswer {
    public Session {
      names = List.copyOf(names);
    }
  }
}
