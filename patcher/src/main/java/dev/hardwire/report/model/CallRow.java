package dev.hardwire.report.model;

/**
 * A decision for a system call under one condition.
 *
 * @param call its name, or a description of several numbers
 * @param group the group that lists it, such as {@code network-io}; empty for several numbers
 * @param decision an action
 * @param allows whether the kernel makes the call
 * @param when the condition of the arguments, or {@code always}
 * @param because the reason that the policy gives; may be empty
 * @param risk what the call makes possible, if it is one that undoes much of a policy; else empty
 */
public record CallRow(
    String call,
    String group,
    String decision,
    boolean allows,
    String when,
    String because,
    String risk) {}
