/** Policies that are derived from code, and programs that run under them. */
package dev.hardwire.live.derive;
