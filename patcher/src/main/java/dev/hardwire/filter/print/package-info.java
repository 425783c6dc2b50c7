/** Filters as text and pictures, and what they cost. */
package dev.hardwire.filter.print;
