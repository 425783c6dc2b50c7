/** The options that several commands share, and the policies that they name. */
package dev.hardwire.cli.options;
