package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Addresses inside a function that code or data keeps, to which the function may jump: labels as
 * values, an extension of C by GCC.
 */
final class Labels {
  private final Module module;
  private final List<Integer> parts;
  private final Set<Long> all = new TreeSet<>();

  /** Whether code computes with such an address: from it, any other place can be reached. */
  private boolean computes;

  private Labels(Module module, List<Integer> parts) {
    this.module = module;
    this.parts = parts;
  }

  /** The labels of a function that jumps to addresses; they become leaders of blocks. */
  static Set<Long> find(Module module, List<Integer> parts, Blocks blocks) {
    Labels labels = new Labels(module, parts);
    Functions functions = module.functions();
    Set<Long> kept = new TreeSet<>();
    for (int part : parts) {
      for (long label : module.slots().code(functions.start(part), functions.end(part))) {
        kept.add(label);
      }
    }
    labels.each((at, now) -> labels.name(now, blocks, kept));
    kept.remove(functions.start(parts.get(0)));
    if (!kept.isEmpty()) {
      labels.each((at, now) -> labels.lead(at, blocks, kept));
    }
    return labels.all;
  }

  private interface Visitor {
    void visit(long address, Instruction now);
  }

  private void each(Visitor visitor) {
    Decoder decoder = new Decoder(module.image().bytes());
    Instruction now = new Instruction();
    for (int part : parts) {
      long end = module.functions().end(part);
      for (long at = module.functions().start(part); at < end; at += now.length()) {
        int offset = module.image().offset(at);
        decoder.decode(offset, (int) (offset + end - at), at, now);
        visitor.visit(at, now);
      }
    }
  }

  private void name(Instruction now, Blocks blocks, Set<Long> kept) {
    long address = 0;
    if (now.kind() == Kind.LEA && now.isRipRelative()) {
      address = now.displacement();
    } else if (module.image().isFixed() && now.hasImmediate()) {
      address = now.immediate() & 0xffff_ffffL;
    }
    boolean start = address == module.functions().start(parts.get(0));
    if (!start && blocks.contains(address)) {
      kept.add(address);
      computes = true;
    }
  }

  private void lead(long at, Blocks blocks, Set<Long> kept) {
    if (kept.contains(at)) {
      all.add(at);
    }
    if (computes || kept.contains(at)) {
      blocks.lead(at);
    }
  }
}
