/** Reads core files and records of the kernel about programs that have died. */
package dev.hardwire.why.core;
