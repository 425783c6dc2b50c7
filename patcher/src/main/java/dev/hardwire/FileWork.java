package dev.hardwire;

import java.io.IOException;

/**
 * Work that is prepared: the policy and the key are read. It is done for one file after the other;
 * several threads may do so at a time.
 *
 * @param <T> what is said about a file for which it was done
 */
@FunctionalInterface
public interface FileWork<T> {
  /**
   * Does the work for a file. A file that was found in a directory is skipped if it is of another
   * kind; one that was named is refused.
   *
   * @param file one of those for which the work was prepared
   * @param messages takes warnings and notes
   * @return what was done
   * @throws IOException if a file cannot be read or written
   * @throws dev.hardwire.policy.PolicyException if the policy is not valid for its architecture
   * @throws HardwireException if the file is refused
   */
  FileResult<T> run(FoundFile file, Messages messages) throws IOException;
}
