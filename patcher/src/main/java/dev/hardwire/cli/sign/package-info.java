/** {@code sign}, and the signing that {@code patch} does. */
package dev.hardwire.cli.sign;
