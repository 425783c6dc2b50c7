/**
 * Reads lines of logs: of strace, of the kernel, of the journal. Nothing here knows what the calls
 * mean.
 */
package dev.hardwire.learn.log;
