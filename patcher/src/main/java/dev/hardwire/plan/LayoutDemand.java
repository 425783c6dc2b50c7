package dev.hardwire.plan;

import java.util.List;

/**
 * The sizes of the parts for which a patch needs a place.
 *
 * @param coreSize bytes of the blob's header, code, records and data
 * @param notesSize bytes of the three notes
 * @param segmentFlags p_flags of the added segment
 * @param growths the ranges that move in any case
 */
record LayoutDemand(long coreSize, long notesSize, long segmentFlags, List<Growth> growths) {
  LayoutDemand {
    growths = List.copyOf(growths);
  }
}
