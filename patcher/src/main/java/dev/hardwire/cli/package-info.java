/** Where the command starts: the top-level command and the process's entry point. */
package dev.hardwire.cli;
