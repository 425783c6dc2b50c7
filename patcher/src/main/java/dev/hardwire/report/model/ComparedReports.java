package dev.hardwire.report.model;

import java.util.List;
import java.util.Set;

/**
 * What changed since an earlier report.
 *
 * @param earlier the name of the earlier report
 * @param changes in the order of the programs' paths
 * @param known the findings that the earlier report had too, as {@link #key} writes them
 * @param gone findings of the earlier report that this one does not have
 */
public record ComparedReports(
    String earlier, List<Change> changes, Set<String> known, List<GoneFinding> gone) {
  /** A kind of change. */
  public enum Kind {
    ADDED("new program"),
    REMOVED("no longer there"),
    MOVED("moved"),
    REPLACED("another program"),
    CHANGED("changed");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }

  /**
   * One program that changed.
   *
   * @param worse whether less is confined than before
   * @param details sentences for people, what matters most first
   * @param more further sentences, for those who want to know all
   */
  public record Change(
      String path, Kind kind, boolean worse, List<String> details, List<String> more) {
    public Change {
      details = List.copyOf(details);
      more = List.copyOf(more);
    }
  }

  /** A finding that is no longer there. */
  public record GoneFinding(String path, String rule, String level, String message) {}

  public ComparedReports {
    changes = List.copyOf(changes);
    known = Set.copyOf(known);
    gone = List.copyOf(gone);
  }

  /** A finding's identity: its program, its rule and its message. */
  public static String key(String path, String rule, String message) {
    return path + "\0" + rule + "\0" + message;
  }
}
