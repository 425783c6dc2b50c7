package dev.hardwire.live.corpus;

import java.nio.file.Path;

/** What became of one program of the corpus. */
record CorpusVerdict(Path program, Kind kind, String detail) {
  /** From best to worst. */
  enum Kind {
    SAME("same output and exit status"),
    SAME_STATUS("same exit status; the original's output differs from run to run"),
    NOT_COMPARABLE("the original's exit status differs from run to run"),
    NOT_RUN("not run, only patched and restored"),
    REFUSED("refused"),
    BROKEN("broken");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }
}
