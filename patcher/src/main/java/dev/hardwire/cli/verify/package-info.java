/** {@code verify} and {@code inspect}. */
package dev.hardwire.cli.verify;
