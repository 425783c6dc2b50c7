package dev.hardwire.report.read;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.report.model.Origin;
import dev.hardwire.report.model.ProgramView;

/**
 * Takes the programs of a report one by one, in any order and from any thread: those of a directory
 * tree, of an archive or of an image.
 */
public interface ProgramSink {
  /**
   * Takes an executable.
   *
   * @param content all bytes, which may be damaged; not used after the call
   * @return what is known of it
   */
  ProgramView program(Origin origin, Bytes content);

  /**
   * Takes an executable that cannot be read.
   *
   * @param reason for people
   */
  void unreadable(Origin origin, String reason);
}
