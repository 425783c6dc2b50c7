/**
 * Proves what a filter does, independently of the compiler: an interpreter of policies for
 * reference, and filters and policies as functions of every bit of {@code seccomp_data}.
 */
package dev.hardwire.filter.prove;
