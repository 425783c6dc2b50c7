/** Input files, and outputs that replace their targets in one step or not at all. */
package dev.hardwire.core.files;
