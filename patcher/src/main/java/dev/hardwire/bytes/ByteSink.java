package dev.hardwire.bytes;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes the bytes of a view. */
public interface ByteSink {
  /** Takes the next ones. */
  void take(ByteBuffer block) throws IOException;
}
