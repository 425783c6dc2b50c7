/** Policies learnt from programs that run, and from logs. */
package dev.hardwire.live.learn;
