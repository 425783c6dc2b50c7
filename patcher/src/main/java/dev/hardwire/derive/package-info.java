/**
 * Derives the system calls that a program can make from its bytes and those of its libraries,
 * without running it.
 */
package dev.hardwire.derive;
