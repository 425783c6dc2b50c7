package dev.hardwire.patch.plan;

/**
 * Bytes of the original that move into the blob, with room to grow.
 *
 * @param start file offset
 * @param size bytes
 * @param extra additional bytes of the copy
 * @param address virtual address of the original bytes
 */
record Growth(long start, long size, long extra, long alignment, long address) {
  /** The first file offset behind the original bytes. */
  long end() {
    return start + size;
  }
}
