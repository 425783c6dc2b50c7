package dev.hardwire.cli;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.image.LayoutCheck;
import dev.hardwire.image.OriginalImage;
import dev.hardwire.image.PatchedImage;
import dev.hardwire.image.SignedImage;
import dev.hardwire.plan.PatchPlan;
import dev.hardwire.plan.PatchPlanner;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;

/** Patches files in one way, with one policy. */
final class FilePatcher {
  private final PatchOptions options;
  private final PolicySource policy;
  private final PrintWriter err;

  /**
   * Makes one.
   *
   * @param err takes warnings
   */
  FilePatcher(PatchOptions options, PolicySource policy, PrintWriter err) {
    this.options = options;
    this.policy = policy;
    this.err = err;
  }

  /**
   * A file, what is to be done with it, and the means to do it.
   *
   * @param base the file without what the plan replaces: patches and signatures
   */
  record Planned(ElfFile base, PatchPlan plan) {
    /** Does it, and checks the result. */
    Bytes apply() {
      Bytes patched = PatchedImage.of(base.bytes(), plan);
      LayoutCheck.check(base, patched);
      return patched;
    }
  }

  /** Plans the patch of one file. */
  Planned plan(Path file, Bytes content) {
    ElfFile base = base(file, ElfFile.parse(content));
    return new Planned(base, PatchPlanner.plan(base, options.request(policy, base.machine())));
  }

  private ElfFile base(Path file, ElfFile input) {
    ElfFile elf = input;
    if ((options.replaces() || options.stacks()) && SignedImage.isSigned(elf)) {
      err.println("hardwire: %s: warning: its signatures are removed".formatted(file));
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
}
