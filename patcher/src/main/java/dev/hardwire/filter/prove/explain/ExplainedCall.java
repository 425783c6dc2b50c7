package dev.hardwire.filter.prove.explain;

/**
 * The decision for a call under one condition, and its origin.
 *
 * @param call a name, or a description of several numbers
 * @param decision an action
 * @param when the condition of the arguments, in the language of policies, or {@code always}
 * @param from a place in a policy, or an instruction of a filter
 * @param reason that the policy gives; empty if there is none
 */
public record ExplainedCall(String call, String decision, String when, String from, String reason) {
  /** A decision without a reason. */
  public ExplainedCall(String call, String decision, String when, String from) {
    this(call, decision, when, from, "");
  }
}
