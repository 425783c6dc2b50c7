/**
 * What a policy says on one architecture: names turned into numbers, widths and values.
 *
 * <p>The compiler, the reference interpreter and the proof start from here.
 */
package dev.hardwire.seccomp.resolve;
