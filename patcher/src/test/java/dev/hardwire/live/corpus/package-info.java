/** The system's own programs, patched and run. */
package dev.hardwire.live.corpus;
