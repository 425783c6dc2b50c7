/** The policies that are part of Hardwire, in programs of the system at work. */
package dev.hardwire.live.presets;
