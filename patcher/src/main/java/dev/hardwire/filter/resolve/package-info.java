/**
 * A policy on one architecture: names are resolved to numbers, widths and values.
 *
 * <p>The compiler, the reference interpreter and the proof start from here.
 */
package dev.hardwire.filter.resolve;
