/**
 * Archives as streams: tar with pax records, ar, compression, digests, and private folders to work
 * in.
 */
package dev.hardwire.container.archive;
