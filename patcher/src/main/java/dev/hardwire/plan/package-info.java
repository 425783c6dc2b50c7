/**
 * From a file and a setup program to a list of edits with reasons; nothing here reads or writes
 * files.
 */
package dev.hardwire.plan;
