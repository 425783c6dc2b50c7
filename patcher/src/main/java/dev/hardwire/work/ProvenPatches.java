package dev.hardwire.work;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.verify.Acceptance;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Verifier;
import dev.hardwire.verify.VerifySettings;
import dev.hardwire.verify.result.PatchSummary;
import dev.hardwire.verify.result.Report;
import java.util.List;
import java.util.Set;

/** The patches of a file that verifies; its signatures are left alone. */
public final class ProvenPatches {
  private ProvenPatches() {}

  /**
   * Verifies a file, which may be signed.
   *
   * @return the last patch first
   * @throws VerificationFailure if the file does not verify
   */
  public static List<PatchSummary> of(Bytes file) throws VerificationFailure {
    ElfFile elf = ElfFile.parse(file);
    return ofUnsigned(SignedBytes.isSigned(elf) ? SignedBytes.read(elf).unsigned() : file);
  }

  static List<PatchSummary> ofUnsigned(Bytes unsigned) throws VerificationFailure {
    // who verifies the file decides on its dynamic linker, policy and start code
    Set<String> own = NormalForm.interpreter(ElfFile.parse(unsigned)).map(Set::of).orElse(Set.of());
    Report report =
        Verifier.verify(
            unsigned,
            Expectations.NONE.with(
                VerifySettings.NONE.withInterpreters(own).accepting(Acceptance.values())));
    if (report.isPlain()) {
      throw ElfFormatException.notPatched();
    }
    if (!report.passed()) {
      throw new VerificationFailure(report);
    }
    return report.patches();
  }
}
