package dev.hardwire.bytes;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Bytes that stand in place of others.
 *
 * @param offset where they start, in bytes
 */
public record Change(long offset, Bytes bytes) {
  /** The first offset behind them. */
  public long end() {
    return offset + bytes.size();
  }

  /** The part of the change in {@code length} bytes from {@code from}, counted from there. */
  Change clip(long from, long length) {
    long first = Math.max(offset, from);
    long last = Math.min(end(), from + length);
    return new Change(first - from, bytes.slice(first - offset, last - first));
  }

  /** What remains of {@code older} beside {@code newer}, and {@code newer}; ascending. */
  static List<Change> merge(List<Change> older, List<Change> newer) {
    List<Change> all = new ArrayList<>(newer);
    for (Change old : older) {
      long at = old.offset;
      for (Change over : newer) {
        if (over.end() > at && over.offset < old.end()) {
          old.keep(at, over.offset, all);
          at = over.end();
        }
      }
      old.keep(at, old.end(), all);
    }
    all.sort(Comparator.comparingLong(Change::offset));
    return List.copyOf(all);
  }

  private void keep(long from, long to, List<Change> into) {
    if (from < Math.min(to, end())) {
      into.add(new Change(from, bytes.slice(from - offset, Math.min(to, end()) - from)));
    }
  }
}
