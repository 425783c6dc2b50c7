package dev.hardwire.work;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.output.PendingOutput;
import dev.hardwire.output.Warnings;
import dev.hardwire.patch.PlannedPatch;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.patch.plan.Addition;
import dev.hardwire.patch.plan.Edit;
import dev.hardwire.patch.plan.PatchPlan;
import dev.hardwire.policy.Hook;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The planned patch of one file. */
public final class Patch {
  private final PlannedPatch planned;
  private final Optional<String> library;

  Patch(PlannedPatch planned, Optional<String> library) {
    this.planned = planned;
    this.library = library;
  }

  /**
   * A patched file.
   *
   * @param target the file that was written
   * @param hook empty in mode needed
   * @param library what the program needs in mode needed
   * @param growth by how many bytes it is larger than its original
   * @param signed the signed file, if it was signed
   * @param signer the subject of the signer's certificate, if it was signed
   */
  public record Result(
      Path target,
      Optional<Hook> hook,
      Optional<String> library,
      long growth,
      Optional<Signed> signed,
      Optional<String> signer) {}

  /** The plan for people: decisions with their reasons, and every byte range that changes. */
  public List<String> lines() {
    PatchPlan plan = planned.plan();
    List<String> lines = new ArrayList<>(plan.decisions());
    for (Edit edit : plan.edits()) {
      lines.add(
          "0x%06x %5d bytes change: %s"
              .formatted(edit.offset(), edit.expected().size(), edit.reason()));
      if (edit.expected().size() <= Long.BYTES) {
        lines.add("         %s -> %s".formatted(edit.expected().hex(), edit.replacement().hex()));
      }
    }
    for (Addition addition : plan.additions()) {
      lines.add(
          "0x%06x %5d bytes added: %s"
              .formatted(addition.offset(), addition.bytes().size(), addition.reason()));
    }
    lines.add("size %d -> %d bytes".formatted(plan.originalSize(), plan.patchedSize()));
    return lines;
  }

  /**
   * The patched file.
   *
   * @param content all of it
   * @param signed the signed file, if it was signed
   */
  private record Made(Bytes content, Optional<Signed> signed) {}

  /**
   * Makes the patched file.
   *
   * @param signer signs it, if there is one
   * @throws VerificationFailure if the file to sign does not verify
   */
  private Made make(Optional<FileSigner> signer) throws IOException, VerificationFailure {
    Bytes patched = planned.apply();
    if (signer.isEmpty()) {
      return new Made(patched, Optional.empty());
    }
    SignedBytes signed = signer.get().embed(ElfFile.parse(patched));
    return new Made(signed.file(), Optional.of(new Signed(signed)));
  }

  /** All bytes of the patched file. */
  Bytes content(Optional<FileSigner> signer) throws IOException, VerificationFailure {
    return make(signer).content();
  }

  /**
   * Writes the patched file.
   *
   * @param signer signs it, if there is one
   * @throws VerificationFailure if the file to sign does not verify
   */
  public Result write(PendingOutput output, Optional<FileSigner> signer, Warnings warnings)
      throws IOException, VerificationFailure {
    Made made = make(signer);
    Path target =
        signer.isPresent() // what is made about the file comes after it
            ? output.write(made.content(), Bytes::empty, warnings)
            : output.writeFirst(made.content(), warnings);
    return result(target, made, signer.map(key -> key.identity().subject()));
  }

  private Result result(Path target, Made made, Optional<String> subject) {
    return new Result(
        target,
        planned.plan().hook(),
        library,
        made.content().size() - planned.plan().originalSize(),
        made.signed(),
        subject);
  }
}
