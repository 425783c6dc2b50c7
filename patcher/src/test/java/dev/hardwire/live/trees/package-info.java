/** Commands that work on directory trees. */
package dev.hardwire.live.trees;
