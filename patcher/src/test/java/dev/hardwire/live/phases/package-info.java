/** Programs whose policies have phases, run. */
package dev.hardwire.live.phases;
