/** What filters and policies decide, in words, and filters of other tools as policies. */
package dev.hardwire.filter.prove.explain;
