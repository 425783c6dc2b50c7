/** Patched programs, run on this kernel. */
package dev.hardwire.live.patch;
