package dev.hardwire.work;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.input.InputFile;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.sign.TrustStore;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.PatchRemnants;
import dev.hardwire.verify.Verifier;
import dev.hardwire.verify.VerifySettings;
import dev.hardwire.verify.result.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** A verification for which policies, certificates and libraries have been read. */
public final class Verification {
  private final Expectations expectations;
  private final Optional<Path> original;

  private Verification(Expectations expectations, Optional<Path> original) {
    this.expectations = expectations;
    this.original = original;
  }

  /**
   * Reads what the settings name. The original is only opened, and read for each file.
   *
   * @param policy the policy that files must enforce, if one is given
   * @param limit a policy that must allow all that they allow, if one is given
   * @throws IllegalStateException if the settings contradict each other
   */
  public static Verification prepare(VerifySettings settings, GivenPolicy policy, GivenPolicy limit)
      throws IOException {
    Expectations all = expectations(settings);
    if (policy.isGiven()) {
      all = all.withPolicy(policy.read()::on);
    }
    if (limit.isGiven()) {
      all = all.withLimit(limit.read()::on);
    }
    if (settings.original().isPresent()) {
      InputFile.openIf(settings.original().get(), 0, start -> false);
    }
    return new Verification(all, settings.original());
  }

  /**
   * Reads the certificates, signatures and libraries that settings name.
   *
   * @throws IllegalStateException if the settings contradict each other
   */
  public static Expectations expectations(VerifySettings settings) throws IOException {
    VerifySettings.Signatures signatures = settings.signatures();
    signatures.check();
    Expectations all = Expectations.NONE.with(settings).withLibraries(LibraryLookup.of(settings));
    if (!signatures.trust().isEmpty()) {
      all =
          all.withTrust(
              TrustStore.read(signatures.trust(), signatures.revocationLists()), Instant.now());
    }
    return signatures.detached().isEmpty()
        ? all
        : all.withDetached(InputFile.read(signatures.detached().get()));
  }

  /**
   * Verifies files. Found files that are no executables are skipped, and shared libraries and
   * objects, too, unless something of a patch is in them.
   */
  public ProgramWork<Report> work() {
    return (file, messages) -> {
      try (ProgramFile program = ProgramWork.open(file);
          ProgramFile wanted = program.evenIf(PatchRemnants::isIn)) {
        return wanted.skipped().isPresent()
            ? Outcome.skipped(wanted.skipped().get())
            : Outcome.done(file.file(), verify(wanted.content()), messages);
      }
    };
  }

  /** Verifies a program that is in memory. */
  public Report verify(Bytes file) throws IOException {
    if (original.isEmpty()) {
      return Verifier.verify(file, expectations);
    }
    try (InputFile input = InputFile.open(original.get())) {
      return Verifier.verify(file, expectations.withOriginal(input.bytes()));
    }
  }
}
