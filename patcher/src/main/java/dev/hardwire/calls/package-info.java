/** The tables of the kernel: system calls, their arguments, constants and groups. */
package dev.hardwire.calls;
