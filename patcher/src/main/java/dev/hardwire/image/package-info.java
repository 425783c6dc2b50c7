/** Turns plans into bytes and bytes into files, and restores originals. */
package dev.hardwire.image;
