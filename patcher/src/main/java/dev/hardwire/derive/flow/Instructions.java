package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.module.Module;

/** The instructions of a function, one after the other. */
public final class Instructions {
  private final Module module;
  private final Decoder decoder;
  private final Instruction now = new Instruction();
  private final long end;
  private long address;
  private long following;

  /**
   * Before the first instruction.
   *
   * @param function its index; -1 for none, which has no instructions
   */
  public Instructions(Module module, int function) {
    this.module = module;
    this.decoder = new Decoder(module.image().bytes());
    this.following = function < 0 ? 0 : module.functions().start(function);
    this.end = function < 0 ? 0 : module.functions().end(function);
  }

  /** Goes to the next one; false if there is none. */
  public boolean next() {
    if (following >= end) {
      return false;
    }
    address = following;
    module.image().decode(decoder, address, end, now);
    following += now.length();
    return true;
  }

  public long address() {
    return address;
  }

  /** What it is, until the next one. */
  public Instruction now() {
    return now;
  }
}
