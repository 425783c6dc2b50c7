package dev.hardwire.why.code;

/**
 * A range of memory that shows a part of a file.
 *
 * @param start the first address
 * @param end the first address behind it, unsigned
 * @param offset of the first byte in the file
 * @param path of the file, or a name such as {@code [vdso]}
 */
public record Mapping(long start, long end, long offset, String path) {
  public boolean contains(long address) {
    return Long.compareUnsigned(start, address) <= 0 && Long.compareUnsigned(address, end) < 0;
  }
}
