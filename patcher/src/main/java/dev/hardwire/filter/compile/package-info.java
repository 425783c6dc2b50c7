/**
 * Compiles policies to filters.
 *
 * <p>Data flows one way: resolved policy, a {@link Diagram} of each call's arguments, the tests of
 * it ({@link ArgumentTests}), ranges of numbers with equal decisions ({@link Decisions}), a tree of
 * comparisons ({@link RangeTree}), instructions ({@link CodeGenerator}) in a good order ({@link
 * Layout}).
 */
package dev.hardwire.filter.compile;
