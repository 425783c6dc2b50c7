/**
 * Learns policies from logs of strace and of the kernel: lists of calls are extracted from the
 * logs, and a policy is made from these.
 *
 * <p>Logs are hostile input: they contain names and paths chosen by the traced program. Every line
 * is read with bounded memory; no text in a line can make a call count that was not recorded as
 * one; and a log without calls is an error, not a policy that allows nothing.
 */
package dev.hardwire.learn;
