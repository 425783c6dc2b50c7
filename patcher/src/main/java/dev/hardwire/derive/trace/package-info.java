/**
 * Executes code of several files symbolically from the start of a function on, to find what it
 * passes to another one.
 */
package dev.hardwire.derive.trace;
