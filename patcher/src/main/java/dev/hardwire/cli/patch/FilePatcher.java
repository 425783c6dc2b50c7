package dev.hardwire.cli.patch;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.bytes.Change;
import dev.hardwire.bytes.Digests;
import dev.hardwire.cli.options.LibraryOptions;
import dev.hardwire.cli.options.PatchOptions;
import dev.hardwire.cli.options.PolicySource;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.image.LayoutCheck;
import dev.hardwire.image.OriginalImage;
import dev.hardwire.image.PatchedImage;
import dev.hardwire.image.SignedImage;
import dev.hardwire.plan.PatchPlan;
import dev.hardwire.plan.PatchPlanner;
import dev.hardwire.plan.PatchRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Patches files in one way, with one policy. */
public final class FilePatcher {
  private final PatchOptions options;
  private final PolicySource policy;
  private final boolean single;

  /**
   * Prepares for some files.
   *
   * @param single whether there is one file: its digest is computed while the policy is compiled
   */
  public FilePatcher(PatchOptions options, PolicySource policy, boolean single) {
    this.options = options;
    this.policy = policy;
    this.single = single;
  }

  /**
   * A file and what is to be done with it.
   *
   * @param base the file without what the plan replaces: patches and signatures
   */
  public record Planned(ElfFile base, PatchPlan plan) {
    /** Does it, and checks the result. */
    Bytes apply() {
      Bytes patched = PatchedImage.of(base.bytes(), plan);
      LayoutCheck.check(base, patched);
      return patched;
    }
  }

  /**
   * Plans the patch of one file.
   *
   * @param err takes warnings
   */
  public Planned plan(Path file, ElfFile elf, PrintWriter err) throws IOException {
    ElfFile base = base(file, elf, err);
    options
        .library()
        .flatMap(name -> LibraryOptions.fault(name, base.machine()))
        .ifPresent(fault -> err.println("hardwire: %s: warning: %s".formatted(file, fault)));
    Digests.Task digest = single ? new Digests.Task(base.bytes()) : null;
    PatchRequest request = options.request(policy, base.machine());
    return new Planned(
        base, PatchPlanner.plan(base, request, single ? digest.await() : base.bytes().sha256()));
  }

  private ElfFile base(Path file, ElfFile input, PrintWriter err) {
    ElfFile elf = input;
    if ((options.replaces() || options.stacks()) && SignedImage.isSigned(elf)) {
      err.println(
          "hardwire: %s: warning: its signatures are removed".formatted(TerminalText.of(file)));
      elf = SignedImage.unsigned(elf); // they cannot outlive the change
    }
    if (options.replaces()) {
      Optional<HardwireNotes> notes = HardwireNotes.last(elf);
      if (notes.isPresent()) {
        return ElfFile.parse(OriginalImage.of(elf.bytes(), notes.get().record()));
      }
    }
    return elf;
  }

  /**
   * Whether a file is the result of patching, in this way, the file that it records: everything
   * that a patch writes is there. What a patch does not touch is not looked at.
   *
   * @param originalSize of the file that it has to be the result for, if that is known
   */
  public boolean isResult(ElfFile input, Optional<Long> originalSize) {
    try {
      Bytes file = (SignedImage.isSigned(input) ? SignedImage.unsigned(input) : input).bytes();
      Optional<HardwireNotes> notes = HardwireNotes.last(input);
      if (notes.isEmpty()) {
        return false;
      }
      PatchRecord record = notes.get().record();
      if (originalSize.isPresent() && originalSize.get() != record.originalSize()) {
        return false;
      }
      List<Change> undo =
          record.ranges().stream().map(range -> new Change(range.offset(), range.old())).toList();
      ElfFile base = ElfFile.parse(file.slice(0, record.originalSize()).withChanges(undo));
      PatchPlan plan =
          PatchPlanner.plan(base, options.request(policy, base.machine()), record.originalSha256());
      return PatchedImage.isDone(file, plan);
    } catch (ElfFormatException | BytesException e) {
      return false; // it is something else, and whoever works on it will say what
    }
  }
}
