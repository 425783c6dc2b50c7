/**
 * What foreign formats of policies have in common, and the interface that each of them implements.
 * The formats are in the packages below.
 */
package dev.hardwire.formats;
