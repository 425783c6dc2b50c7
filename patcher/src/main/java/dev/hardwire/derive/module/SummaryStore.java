package dev.hardwire.derive.module;

import java.util.Optional;

/**
 * Keeps what was found out about files from their bytes alone. Readers of an entry accept any
 * bytes; what is damaged is as if it were not there.
 */
public interface SummaryStore {
  /** Keeps nothing. */
  SummaryStore NONE =
      new SummaryStore() {
        @Override
        public Optional<byte[]> read(String name) {
          return Optional.empty();
        }

        @Override
        public void write(String name, byte[] content) {
          // found again the next time
        }
      };

  /**
   * What is kept under a name; empty if there is nothing, or nothing that can be trusted.
   *
   * @param name hexadecimal digits, letters, dots and hyphens
   */
  Optional<byte[]> read(String name);

  /** Keeps something, as far as that is possible, in the place of what has the same name. */
  void write(String name, byte[] content);
}
