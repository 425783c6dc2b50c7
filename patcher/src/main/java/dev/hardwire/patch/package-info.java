/** Patched files: plans turned into bytes, the check of the layout, originals, signed files. */
package dev.hardwire.patch;
