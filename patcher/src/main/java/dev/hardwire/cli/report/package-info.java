/** Exit codes, errors, and the text that commands print. */
package dev.hardwire.cli.report;
