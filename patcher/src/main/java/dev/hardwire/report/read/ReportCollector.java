package dev.hardwire.report.read;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.report.model.Origin;
import dev.hardwire.report.model.ProgramView;
import java.util.ArrayList;
import java.util.List;

/** Reads the programs that it is given, in any order and from any thread. */
public final class ReportCollector {
  private final ProgramReader reader;
  private final List<ProgramView> programs = new ArrayList<>();

  public ReportCollector(ProgramReader reader) {
    this.reader = reader;
  }

  /**
   * Reads an executable.
   *
   * @param content all bytes, which may be damaged; not used after the call
   */
  public ProgramView program(Origin origin, Bytes content) {
    ProgramView program = reader.read(origin, content);
    add(program);
    return program;
  }

  /** Adds an executable that cannot be read, with the reason for people. */
  public void unreadable(Origin origin, String reason) {
    add(ProgramReader.unreadable(origin, reason));
  }

  private synchronized void add(ProgramView program) {
    programs.add(program);
  }

  /** All programs so far, in any order. */
  public synchronized List<ProgramView> programs() {
    return List.copyOf(programs);
  }
}
