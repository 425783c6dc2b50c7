package dev.hardwire.formats.minijail;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Position;
import java.util.Optional;

/**
 * One of the filters behind the colon of a minijail statement.
 *
 * @param condition on the arguments; empty if there is none
 * @param action behind the condition, or alone; empty if there is a condition and nothing else
 * @param position where the filter begins
 */
record MinijailFilter(Optional<Condition> condition, Optional<Action> action, Position position) {}
