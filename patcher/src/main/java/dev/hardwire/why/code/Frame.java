package dev.hardwire.why.code;

/**
 * A place in code that was being executed, or to which a call returns.
 *
 * @param address in memory
 * @param module the file; empty if it is not known
 * @param function its name; empty if the file names none there
 * @param offset from the start of the function; without a name, the address in the file
 */
public record Frame(long address, String module, String function, long offset) {
  /** Such as {@code getpid+0x7 in /lib/libc.so.6}. */
  @Override
  public String toString() {
    String hex = "0x" + Long.toHexString(address);
    if (module.isEmpty()) {
      return hex + ", in no file that is known";
    }
    return function.isEmpty()
        ? "0x%x in %s".formatted(offset, module)
        : "%s+0x%x in %s".formatted(function, offset, module);
  }
}
