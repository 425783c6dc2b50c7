package dev.hardwire.os;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Strings in native memory, and an array of their addresses that ends with a null pointer, as
 * execve(2) takes them.
 */
public final class StringArray {
  private final ByteBuffer memory;

  /**
   * Copies strings.
   *
   * @param strings without the zero at their ends; none has a zero in it
   */
  public StringArray(List<byte[]> strings) {
    int word = Kernel.wordSize();
    int at = (strings.size() + 1) * word;
    int size = at;
    for (byte[] string : strings) {
      size += string.length + 1;
    }
    memory = Kernel.allocate(size);
    long start = Kernel.address(memory);
    for (int i = 0; i < strings.size(); i++) {
      byte[] string = strings.get(i);
      Kernel.putWord(memory, i * word, start + at);
      memory.put(at, string);
      at += string.length + 1;
    }
  }

  /** The address of the array; valid as long as this object is reachable. */
  public long address() {
    return Kernel.address(memory);
  }
}
