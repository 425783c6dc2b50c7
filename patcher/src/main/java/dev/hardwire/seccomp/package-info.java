/**
 * Classic BPF for seccomp(2): filters, their text, an emulator, and the tables of numbers.
 *
 * <p>{@code dev.hardwire.seccomp.compile} compiles policies to filters.
 */
package dev.hardwire.seccomp;
