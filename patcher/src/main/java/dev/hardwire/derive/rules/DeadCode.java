package dev.hardwire.derive.rules;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.Instructions;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.module.Module;
import java.util.HashSet;
import java.util.Set;

/**
 * What only instructions lead to that never run.
 *
 * @param functions that only they call or jump to
 * @param sites those that make system calls
 */
record DeadCode(Set<Integer> functions, Set<Long> sites) {
  /**
   * Goes through a function.
   *
   * @param live the addresses of the instructions that may run
   */
  static DeadCode of(Linked linked, int id, Set<Long> live) {
    int number = linked.moduleOf(id);
    Module module = linked.module(number);
    int function = linked.functionOf(id);
    Set<Integer> called = new HashSet<>();
    Set<Integer> dead = new HashSet<>();
    Set<Long> sites = new HashSet<>();
    for (Instructions code = new Instructions(module, function); code.next(); ) {
      boolean runs = live.contains(code.address());
      Instruction now = code.now();
      if (runs && now.isRipRelative()) { // takes its address, or calls what a slot holds
        called.add(linked.at(number, now.displacement()));
        called.add(linked.called(number, now.displacement()));
      }
      switch (now.kind()) {
        case CALL, JUMP, BRANCH -> {
          int target = linked.at(number, now.target());
          if (target != id) {
            (runs ? called : dead).add(target);
          }
          long slot = module.image().thunk(now.target());
          if (runs && slot != 0) {
            called.add(linked.called(number, slot));
          }
        }
        case SYSCALL -> {
          if (!runs) {
            sites.add(code.address());
          }
        }
        default -> {
          // leads nowhere
        }
      }
    }
    for (int target : module.functions().tableTargets(function)) {
      called.add(linked.id(number, target));
    }
    dead.removeAll(called);
    dead.remove(linked.at(number, module.functions().end(function))); // it may run into that
    return new DeadCode(dead, sites);
  }
}
