/**
 * Classic BPF as seccomp(2) runs it: filters, their text, an emulator, and the tables of numbers.
 *
 * <p>{@code dev.hardwire.seccomp.compile} makes filters of policies.
 */
package dev.hardwire.seccomp;
