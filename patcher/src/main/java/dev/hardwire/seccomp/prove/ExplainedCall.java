package dev.hardwire.seccomp.prove;

/**
 * What is decided for a call under one condition, and what decides it.
 *
 * @param call a name, or words for several numbers
 * @param decision an action
 * @param when the condition of the arguments, in the language of policies, or {@code always}
 * @param from a place in a policy, or an instruction of a filter
 */
public record ExplainedCall(String call, String decision, String when, String from) {}
