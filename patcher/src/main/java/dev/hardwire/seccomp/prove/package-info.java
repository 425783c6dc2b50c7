/**
 * Proves what a filter does, without the compiler: a reference interpreter of policies, and filters
 * and policies as functions of every bit of {@code seccomp_data}.
 */
package dev.hardwire.seccomp.prove;
