package dev.hardwire.plan;

import java.util.List;

/**
 * What a patch needs a place for.
 *
 * @param coreSize bytes of the blob's header, code, records and data
 * @param notesSize bytes of the three notes
 * @param segmentFlags p_flags of the added segment
 * @param growths what moves in any case
 */
record LayoutDemand(long coreSize, long notesSize, long segmentFlags, List<Growth> growths) {
  LayoutDemand {
    growths = List.copyOf(growths);
  }
}
