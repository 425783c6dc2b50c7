package dev.hardwire.seccomp.prove;

/**
 * The decision for a call under one condition, and its origin.
 *
 * @param call a name, or a description of several numbers
 * @param decision an action
 * @param when the condition of the arguments, in the language of policies, or {@code always}
 * @param from a place in a policy, or an instruction of a filter
 */
public record ExplainedCall(String call, String decision, String when, String from) {}
