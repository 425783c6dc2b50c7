package dev.hardwire.plan;

import dev.hardwire.elf.note.Hook;
import java.util.List;

/**
 * How the stub gets control.
 *
 * @param hookAddress virtual address of the redirected element of the init array; 0 for the entry
 *     hook
 * @param target virtual address of what it replaces
 * @param edits what redirects it
 * @param reason why this hook
 */
record HookPlan(Hook hook, long hookAddress, long target, List<Edit> edits, String reason) {
  HookPlan {
    edits = List.copyOf(edits);
  }
}
