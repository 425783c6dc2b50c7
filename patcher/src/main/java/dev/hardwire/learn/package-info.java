/**
 * Learns policies from what programs did: logs of strace and of the kernel become lists of calls,
 * and those a policy.
 *
 * <p>Logs are hostile input: they hold names and paths that the traced program chose. Every line is
 * read with bounded memory, nothing that a line says can make a call count that was not recorded as
 * one, and a log that says nothing is an error, not a policy that allows nothing.
 */
package dev.hardwire.learn;
