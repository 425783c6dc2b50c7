package dev.hardwire.patch.plan;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.form.ImportJump;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.elf.form.PhaseFlags;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.HookChoice;
import dev.hardwire.stub.PhaseBlob;
import dev.hardwire.stub.Veneer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Lets the phases of a policy begin.
 *
 * <p>The jump of the PLT entry of a function leads to a veneer behind the stub of the phase, and
 * the veneer goes on to the function. The phase at {@code main} is begun by the last element of the
 * init array, after what stood there. If that is also the element that calls the stub of the start,
 * that stub goes on to the one of the phase.
 */
final class PhasePlanner {
  private final ElfFile elf;
  private final List<PhaseBlob> blobs;
  private final List<ImportJump> jumps = new ArrayList<>();
  private final Optional<PhaseFlags> flags;
  private final long size;
  private Optional<HookPlanner> main = Optional.empty();

  /**
   * Finds where the phases begin.
   *
   * @param start the end of what is before their blobs, in bytes from the blob of the start
   */
  PhasePlanner(ElfFile elf, NormalForm form, PatchRequest request, long start) {
    this.elf = elf;
    this.blobs = PhaseBlob.behind(elf.machine(), start, request.phases());
    this.size = blobs.isEmpty() ? start : blobs.get(blobs.size() - 1).end();
    if (!blobs.isEmpty() && (request.settings().library().isPresent() || elf.isSharedLibrary())) {
      throw refuse(
          request.settings().library().isPresent()
              ? "a library that runs the setup program cannot begin phases; use a stub"
              : "a shared library cannot begin phases");
    }
    StackedPolicies.requireOtherMoments(elf, request.phases());
    for (PhaseBlob blob : blobs) {
      if (blob.hasVeneer()) {
        jumps.add(ImportJump.of(elf, blob.phase().function().get()));
      } else {
        main = Optional.of(new HookPlanner(elf, form, HookChoice.of(Hook.POST_INIT)));
      }
    }
    this.flags = jumps.isEmpty() ? Optional.empty() : Optional.of(PhaseFlags.of(elf, jumps.size()));
  }

  private ElfFormatException refuse(String reason) {
    return HeaderField.E_TYPE.refuse(Refusal.NO_PHASE, elf.header().elfClass(), reason);
  }

  /** The choices with their reasons. */
  List<String> decisions() {
    List<String> decisions = new ArrayList<>();
    int jump = 0;
    for (PhaseBlob blob : blobs) {
      String what = "the phase \"%s\" begins ".formatted(blob.phase().name());
      decisions.add(
          blob.hasVeneer()
              ? what + "at the jump at 0x" + Long.toHexString(jumps.get(jump++).address())
              : what + "with the last element of the init array");
    }
    if (flags.isPresent()) {
      decisions.add(
          "the segment at 0x%x grows in memory to 0x%x, for flags of phases"
              .formatted(flags.get().before().vaddr(), flags.get().end()));
    }
    return decisions;
  }

  /** The end of the blobs, in bytes from that of the start. */
  long size() {
    return size;
  }

  /** Where the flags are, if there are any. */
  Optional<PhaseFlags> flags() {
    return flags;
  }

  /**
   * Adds what lets the phases begin.
   *
   * @param start how the stub of the start is called
   * @return the same, going on to the stub of a phase if that is called by the same element
   */
  HookPlan addTo(List<Edit> edits, Additions additions, FileLayout layout, HookPlan start) {
    HookPlan result = start;
    int flag = 0;
    for (PhaseBlob blob : blobs) {
      if (blob.hasVeneer()) {
        veneer(edits, additions, layout, blob, flag++);
      } else {
        result = main(edits, additions, layout, blob, start);
      }
    }
    return result;
  }

  private void veneer(
      List<Edit> edits, Additions additions, FileLayout layout, PhaseBlob blob, int flag) {
    ImportJump jump = jumps.get(flag);
    long address = layout.blobAddress() + blob.veneerOffset();
    long flagAddress = flags.orElseThrow().flag(flag);
    if (!Veneer.isNear(address, jump.address())
        || !Veneer.isNear(address, jump.slot())
        || !Veneer.isNear(address, flagAddress)) {
      throw refuse("the added segment is too far from the code for a phase to begin");
    }
    Veneer veneer =
        new Veneer(address, flagAddress, jump.slot(), layout.blobAddress() + blob.entryOffset());
    String name = blob.phase().name();
    add(additions, layout, blob, address + Veneer.RETURN);
    additions.add(
        layout.blobOffset() + blob.veneerOffset(),
        veneer::encode,
        "veneer of the phase \"%s\", which goes on through 0x%x".formatted(name, jump.slot()));
    long offset = elf.fileOffset(jump.address(), ImportJump.SIZE).orElseThrow();
    edits.add(
        new Edit(
            offset,
            elf.bytes().slice(offset, ImportJump.SIZE),
            veneer.jumpFrom(jump.address()),
            "PLT entry of %s: jump to the veneer of the phase \"%s\""
                .formatted(blob.phase().function().orElseThrow(), name)));
  }

  private HookPlan main(
      List<Edit> edits, Additions additions, FileLayout layout, PhaseBlob blob, HookPlan start) {
    if (start.hook().equals(Optional.of(Hook.POST_INIT))) {
      throw refuse(
          "with the hook post-init, the policy is installed at main, where a phase begins;"
              + " use another hook, or give the rules of the phase to the policy");
    }
    long code = layout.blobAddress() + blob.offset() + BlobHeader.SIZE;
    HookPlan last = main.orElseThrow().plan(code, Optional.empty());
    add(additions, layout, blob, last.target());
    if (last.hookAddress() != start.hookAddress()) {
      edits.addAll(last.edits());
      return start;
    }
    return new HookPlan(
        start.hook(),
        start.hookAddress(),
        layout.blobAddress() + blob.entryOffset(),
        start.edits(),
        start.reason());
  }

  private static void add(Additions additions, FileLayout layout, PhaseBlob blob, long target) {
    additions.add(
        layout.blobOffset() + blob.offset(),
        () -> blob.encode(layout.blobAddress(), target, layout.blobSize()),
        "blob header, stub and setup program of the phase \"%s\"; the stub goes on to 0x%x"
            .formatted(blob.phase().name(), target));
  }

  /** Adds the section without which strip would cut the flags off their segment. */
  void addTo(SectionPlanner sections) {
    if (flags.isPresent()) {
      PhaseFlags place = flags.get();
      sections.add(
          ".bss.hardwire",
          Section.SHT_NOBITS,
          Section.SHF_ALLOC | Section.SHF_WRITE,
          place.address(),
          place.before().fileEnd(),
          place.end() - place.address(),
          PhaseFlags.SIZE);
    }
  }
}
