/**
 * Classic BPF for seccomp(2): filters, their text, an emulator.
 *
 * <p>{@code dev.hardwire.filter.compile} compiles policies to filters.
 */
package dev.hardwire.filter;
