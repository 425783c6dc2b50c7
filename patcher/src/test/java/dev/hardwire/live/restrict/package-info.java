/** What {@code landlock:} and {@code limits:} restrict, on this kernel. */
package dev.hardwire.live.restrict;
