/** Runs a command on one file, on several, and on directory trees. */
package dev.hardwire.cli.files;
