package dev.hardwire.elf.form;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.LoaderChecks;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.policy.Hook;
import java.util.Optional;
import java.util.Set;

/**
 * An executable whose headers, dynamic section and relocations are as linkers make them. A claim
 * about such a file rests on how the kernel and the dynamic linker load files that linkers make.
 *
 * <p>{@code patch} and {@code verify} use this one implementation. {@code docs/format.md} lists the
 * rules with their reasons.
 */
public final class NormalForm {
  private final ElfFile elf;
  private final Optional<RelocationForm> relocations;
  private final boolean textRelocations;

  private NormalForm(ElfFile elf, Optional<RelocationForm> relocations, boolean textRelocations) {
    this.elf = elf;
    this.relocations = relocations;
    this.textRelocations = textRelocations;
  }

  /**
   * Checks a file.
   *
   * @param interpreters paths of dynamic linkers to accept beside those of glibc and musl
   * @throws ElfFormatException naming the first field that is not in normal form
   */
  public static NormalForm of(ElfFile elf, Set<String> interpreters) {
    DynamicForm.pltKind(elf);
    LoaderChecks.check(elf);
    SystemForm.check(elf);
    SegmentForm.check(elf);
    InterpreterForm.check(elf, interpreters);
    if (elf.dynamic().isEmpty()) {
      return new NormalForm(elf, Optional.empty(), false);
    }
    DynamicForm dynamic = new DynamicForm(elf);
    dynamic.check();
    RelocationForm relocations = new RelocationForm(elf, dynamic);
    relocations.check();
    return new NormalForm(elf, Optional.of(relocations), dynamic.hasTextRelocations());
  }

  /**
   * The largest pages, in bytes, of a kernel that sees the file as the tables describe it: those of
   * the machine, or smaller ones for which the file is linked.
   */
  public static long largestPage(ElfFile elf) {
    return LoaderChecks.largestPage(elf);
  }

  /** The path of the dynamic linker that a file names; empty for a static program. */
  public static Optional<String> interpreter(ElfFile elf) {
    return InterpreterForm.of(elf);
  }

  /**
   * Refuses programs that have code which the dynamic linker runs before a hook. In a static
   * program nothing runs before {@code entry}, and its start code runs the rest; it also relocates
   * the program after that hook, and must not write to its code then.
   *
   * @param hook empty for mode needed
   * @throws ElfFormatException naming the entry that leads to such code
   */
  public void requireNothingBefore(Optional<Hook> hook) {
    if (!elf.hasInterpreter() && hook.equals(Optional.of(Hook.ENTRY)) && textRelocations) {
      throw new ElfFormatException(
          Refusal.BAD_DYNAMIC,
          elf.segment(SegmentType.DYNAMIC).orElseThrow().offset(),
          "DT_TEXTREL",
          "the program relocates its code after it has been entered");
    }
    boolean promised = hook.isEmpty() || hook.get() != Hook.POST_INIT;
    if (!elf.hasInterpreter() || !promised) {
      return;
    }
    PreinitArray.check(elf);
    if (relocations.isPresent()) {
      Optional<ElfFormatException> resolver = relocations.get().resolver();
      if (resolver.isPresent()) {
        throw resolver.get();
      }
    }
  }
}
