package dev.hardwire.derive.flow;

import dev.hardwire.derive.module.Module;

/** Functions that all return to their callers, once. */
public final class ReturningCallees implements Callees {
  public static final Callees ONCE = new ReturningCallees();

  private ReturningCallees() {}

  @Override
  public boolean returns(Module module, boolean throughSlot, long target) {
    return true;
  }

  @Override
  public boolean returnsTwice(Module module, boolean throughSlot, long target) {
    return false;
  }

  @Override
  public boolean pointersReturnTwice() {
    return false;
  }
}
