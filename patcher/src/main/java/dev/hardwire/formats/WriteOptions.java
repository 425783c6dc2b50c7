package dev.hardwire.formats;

import dev.hardwire.filter.compile.PlainPolicy;
import dev.hardwire.policy.Policy;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What a writer of a foreign format has to know about the architecture that the file is for.
 *
 * @param plain resolves a policy for the architecture
 * @param isGrouped whether a call belongs to one of systemd's groups
 * @param alwaysAllowed the calls of systemd's {@code @default} that the architecture has
 */
public record WriteOptions(
    Function<Policy, PlainPolicy> plain, Predicate<String> isGrouped, Set<String> alwaysAllowed) {
  public WriteOptions {
    alwaysAllowed = Set.copyOf(alwaysAllowed);
  }
}
