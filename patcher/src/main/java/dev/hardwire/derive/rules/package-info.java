/**
 * Patterns of code that are understood, so that what can be reached in them only under a condition
 * that does not hold is left out.
 */
package dev.hardwire.derive.rules;
