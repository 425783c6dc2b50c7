/**
 * Makes filters of policies.
 *
 * <p>Data flows one way: policy, decision for each call ({@link Decisions}), ranges of numbers with
 * equal decisions ({@link NumberRange}), a graph of tests ({@link Node}), instructions ({@link
 * CodeGenerator}).
 */
package dev.hardwire.seccomp.compile;
