/** Reads and writes policies in every format, with this project's tables. */
package dev.hardwire.seccomp.formats;
