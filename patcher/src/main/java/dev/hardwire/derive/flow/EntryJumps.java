package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Module;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The jumps of a function through its only jump table. */
final class EntryJumps {
  private static final int LONGEST = 256;
  private static final int ENTRY = 4;

  private final Module module;
  private final long start;
  private final long end;
  private final Set<Long> tables = new HashSet<>();

  /** Jumps by the entry whose index is the first word of an object. */
  private final Set<Long> byKind = new HashSet<>();

  EntryJumps(Module module, int function) {
    this.module = module;
    this.start = module.functions().start(function);
    this.end = module.functions().end(function);
    scan(new Instructions(module, function));
  }

  /** Whether there is one table. */
  boolean areUnderstood() {
    return tables.size() == 1;
  }

  /**
   * Where a jump may lead.
   *
   * @param without indexes that no object has as its first word
   */
  List<Long> targets(long from, Set<Long> without) {
    long table = tables.iterator().next();
    List<Long> found = new ArrayList<>();
    for (long entry = 0; isEntry(table, entry); entry++) {
      if (!byKind.contains(from) || !without.contains(entry)) {
        found.add(table + module.image().half(table + ENTRY * entry));
      }
    }
    return found;
  }

  private boolean isEntry(long table, long entry) {
    long place = table + ENTRY * entry;
    long target = table + module.image().half(place);
    return entry < LONGEST
        && (entry == 0 || place < module.objectEnd(table))
        && module.image().hasBytes(place, ENTRY)
        && target >= start
        && target < end;
  }

  private void scan(Instructions code) {
    int index = Instruction.NONE; // the register that the last instruction has loaded
    int distance = Instruction.NONE; // the one with an entry that is chosen by that
    int target = Instruction.NONE; // the one with the address
    while (code.next()) {
      Instruction now = code.now();
      if (now.kind() == Kind.LEA
          && now.isRipRelative()
          && module.image().isConstant(now.displacement())
          && isEntry(now.displacement(), 0)
          && isEntry(now.displacement(), 1)) {
        tables.add(now.displacement());
      }
      if (now.kind() == Kind.JUMP_INDIRECT && !now.hasMemory() && now.rm() == target) {
        byKind.add(code.address());
      }
      boolean adds = now.kind() == Kind.ADD && now.reg() == distance;
      target = adds ? distance : Instruction.NONE;
      distance = chooses(now, index) ? now.reg() : Instruction.NONE;
      index = reads(now) ? now.reg() : Instruction.NONE;
    }
  }

  /** An entry is read. */
  private static boolean chooses(Instruction now, int index) {
    return now.kind() == Kind.SIGN_EXTEND
        && now.hasMemory()
        && now.scale() == 2
        && now.displacement() == 0
        && now.index() == index
        && index >= 0;
  }

  /** The first word of an object is read. */
  private static boolean reads(Instruction now) {
    return now.kind() == Kind.LOAD
        && now.size() == Integer.BYTES
        && now.displacement() == 0
        && now.base() >= 0
        && now.index() < 0;
  }
}
