package dev.hardwire.filter;

/** The kernel would refuse a filter: contains the index of the instruction and the reason. */
public final class FilterException extends RuntimeException {
  /**
   * @param index of the instruction, from 0; -1 for the program as a whole
   */
  public FilterException(int index, String reason) {
    super(index < 0 ? "filter: " + reason : "filter instruction " + index + ": " + reason);
  }
}
