/**
 * Whether a file that verifies is confined when it runs: programs that tell in which state they run
 * are changed, patched, verified and run.
 */
package dev.hardwire.live.truth;
