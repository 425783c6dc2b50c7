package dev.hardwire.plan;

/**
 * Bytes of the original that move into the blob, where they may get longer.
 *
 * @param start file offset
 * @param size bytes
 * @param extra bytes that the copy is longer by
 * @param address virtual address of the original bytes
 */
record Growth(long start, long size, long extra, long alignment, long address) {}
