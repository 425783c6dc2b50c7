/**
 * What formats of policies have in common: files that are included, texts with places, lists of
 * calls, and the interface that each of them implements. The formats are in the packages below.
 */
package dev.hardwire.policy.format;
