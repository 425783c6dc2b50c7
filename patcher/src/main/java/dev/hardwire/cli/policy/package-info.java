/** The {@code policy} commands, {@code disasm} and {@code emulate}. */
package dev.hardwire.cli.policy;
