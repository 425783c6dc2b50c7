/**
 * Turns a file and a setup program into a list of edits with reasons. Nothing here reads or writes
 * files.
 */
package dev.hardwire.patch.plan;
