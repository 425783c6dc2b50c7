/**
 * The work of each command on one file, without options and without printed text: patch, restore,
 * sign, and confined copies. The facade and the command line are built on it; neither is known
 * here. Nothing of this package is exported.
 */
package dev.hardwire.core;
