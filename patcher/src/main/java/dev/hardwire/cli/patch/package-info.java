/** {@code patch}, {@code restore} and {@code apply}. */
package dev.hardwire.cli.patch;
