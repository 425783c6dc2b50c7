/**
 * What a program may do: the policy as its author means it, without numbers of any architecture.
 *
 * <p>The model is closed and immutable. Equality ignores where in a file something stood, so that a
 * policy equals the one read back from its canonical text.
 */
package dev.hardwire.policy;
