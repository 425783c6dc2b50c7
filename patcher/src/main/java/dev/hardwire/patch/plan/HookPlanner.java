package dev.hardwire.patch.plan;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.InitArray;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Relocation;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.elf.form.StartCode;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.HookChoice;
import dev.hardwire.stub.LoaderBlob;
import dev.hardwire.stub.StubCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Chooses a hook and redirects it to the stub.
 *
 * <p>An element of the init array is redirected at the source of its value: the addend of its
 * relative relocation, or the word in the array. The array itself never moves, because the start
 * code of glibc before 2.34 finds it by link-time symbols.
 */
final class HookPlanner {
  private final ElfFile elf;
  private final NormalForm form;
  private final HookChoice requested;
  private Choice choice;

  /** A hook and the code that it ran before. */
  private record Choice(Hook hook, Optional<InitArray.Element> element, String reason) {}

  HookPlanner(ElfFile elf, NormalForm form, HookChoice requested) {
    this.elf = elf;
    this.form = form;
    this.requested = requested;
  }

  /**
   * Redirects the hook.
   *
   * @param stubAddress virtual address of the stub's code
   * @param loader present for the hook {@code first}
   */
  HookPlan plan(long stubAddress, Optional<LoaderBlob> loader) {
    if (choice == null) {
      choice = choose();
    }
    if (loader.isPresent()) {
      long blob = stubAddress - BlobHeader.SIZE;
      return entry(
          blob + loader.get().entryOffset(),
          blob + loader.get().returnOffset(),
          "e_entry: start at the loader");
    }
    long stubEntry = stubAddress + StubCode.of(elf.machine()).entryOffset(choice.hook());
    return choice.element().isPresent()
        ? element(choice.element().get(), stubEntry)
        : entry(stubEntry, elf.header().entry(), "e_entry: start at the stub");
  }

  private Choice choose() {
    if (requested.hook().isPresent()) {
      return choose(requested.hook().get(), "asked for");
    }
    try {
      return automatic();
    } catch (ElfFormatException e) {
      if (!requested.orPostInit() || e.refusal() != Refusal.RUNS_BEFORE_HOOK) {
        throw e;
      }
      return choose(
          Hook.POST_INIT, "functions of the program run before any other hook: " + e.reason());
    }
  }

  private Choice automatic() {
    if (!elf.hasInterpreter() && !elf.isSharedLibrary()) {
      return choose(Hook.ENTRY, "a static program: nothing is known to run before its entry");
    }
    try {
      return choose(Hook.INIT, "after the libraries' constructors, before the program's own code");
    } catch (ElfFormatException e) {
      if (elf.isSharedLibrary() || !e.refusal().allowsEntryHook()) {
        throw e;
      }
      return choose(Hook.ENTRY, "init is not possible: " + e.reason());
    }
  }

  private Choice choose(Hook hook, String reason) {
    if (hook == Hook.FIRST) {
      requireEntry();
      return new Choice(hook, Optional.empty(), "before the dynamic linker and every library");
    }
    if (hook == Hook.ENTRY) {
      requireEntry();
      form.requireNothingBefore(Optional.of(hook));
      return new Choice(hook, Optional.empty(), reason);
    }
    if (HardwireNotes.isFirst(elf)) {
      throw HeaderField.E_ENTRY.refuse(
          Refusal.NO_INTERPRETER,
          elf.header().elfClass(),
          "under the hook first, the file does not show what runs its init array");
    }
    StartCode.check(elf, hook);
    if (hook == Hook.INIT) {
      form.requireNothingBefore(Optional.of(hook));
    }
    InitArray array = InitArray.of(elf);
    InitArray.Element element = array.element(hook == Hook.INIT ? 0 : array.count() - 1);
    return new Choice(hook, Optional.of(element), reason);
  }

  private void requireEntry() {
    if (elf.isSharedLibrary()) {
      throw HeaderField.E_ENTRY.refuse(
          Refusal.SHARED_LIBRARY,
          elf.header().elfClass(),
          "nothing enters a shared library at e_entry");
    }
    long target = elf.header().entry();
    if (!elf.isExecutable(target)) {
      throw HeaderField.E_ENTRY.refuse(
          Refusal.BAD_HEADER,
          elf.header().elfClass(),
          "0x%x is not in an executable segment".formatted(target));
    }
  }

  private HookPlan entry(long first, long target, String what) {
    Edit edit =
        word(
            HeaderField.E_ENTRY.offset(elf.header().elfClass()), elf.header().entry(), first, what);
    return new HookPlan(Optional.of(choice.hook()), 0, target, List.of(edit), choice.reason());
  }

  private HookPlan element(InitArray.Element element, long stubEntry) {
    String what = "init array element " + element.index() + ": call the stub";
    List<Edit> edits = new ArrayList<>();
    Optional<Relocation> rela =
        element.relocation().filter(relocation -> relocation.kind() == Relocation.Kind.RELA);
    if (rela.isPresent()) {
      long addendAt = rela.get().fileOffset() + Relocation.addendOffset(elf.header().elfClass());
      edits.add(
          word(
              addendAt,
              element.target(),
              stubEntry,
              what + " (the addend of its relative relocation)"));
    }
    if (rela.isEmpty() || element.wordInPlace() == element.target()) {
      edits.add(
          word(element.fileOffset(), element.target(), stubEntry, what + " (the word in place)"));
    }
    return new HookPlan(
        Optional.of(choice.hook()), element.address(), element.target(), edits, choice.reason());
  }

  private Edit word(long offset, long from, long to, String reason) {
    return new Edit(offset, elf.header().word(from), elf.header().word(to), reason);
  }
}
