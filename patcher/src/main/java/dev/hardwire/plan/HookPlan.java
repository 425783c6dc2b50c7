package dev.hardwire.plan;

import dev.hardwire.elf.note.Hook;
import java.util.List;
import java.util.Optional;

/**
 * How the setup program comes to run.
 *
 * @param hook empty where a library runs it, and no stub
 * @param hookAddress virtual address of the redirected element of the init array; 0 for the entry
 *     hook
 * @param target virtual address of what it replaces
 * @param edits what redirects it
 * @param reason why this hook
 */
record HookPlan(
    Optional<Hook> hook, long hookAddress, long target, List<Edit> edits, String reason) {
  HookPlan {
    edits = List.copyOf(edits);
  }
}
