/**
 * The policy as its author wrote it, without numbers of any architecture.
 *
 * <p>The model is closed and immutable. Equality ignores positions in files, so that a policy
 * equals the one read from its canonical text.
 */
package dev.hardwire.policy;
