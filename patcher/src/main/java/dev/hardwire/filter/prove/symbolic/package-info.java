/**
 * Filters and policies as decision diagrams over all arguments of all calls, and their comparison.
 */
package dev.hardwire.filter.prove.symbolic;
