/** The call frame information of a file: its functions, and how each keeps its caller's state. */
package dev.hardwire.elf.frame;
