/** The commands, and all reading of what their options name. */
package dev.hardwire.cli;
