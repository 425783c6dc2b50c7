package dev.hardwire.why.code;

import dev.hardwire.bytes.Bytes;
import java.util.List;
import java.util.Optional;

/** The memory of a process that is stopped, or was when its core file was written. */
public interface Memory {
  /** The parts of it that show files. */
  List<Mapping> mappings();

  /** Bytes from an address on; fewer, or none, where they are not known. */
  byte[] read(long address, int length);

  /** The file that a mapping shows, if it can be read. */
  Optional<Bytes> file(Mapping mapping);
}
