package dev.hardwire.work;

import dev.hardwire.input.ProgramFile;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.output.Outputs;
import dev.hardwire.sign.ImaSignature;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A key that was read, and what it signs.
 *
 * @param further what is signed beside a file
 */
public record Signing(FileSigner signer, Further further) {
  /**
   * What is signed beside a file.
   *
   * @param ima whether the attribute is set that the kernel's IMA checks
   * @param attestation where the statement about the policy goes
   * @param provenance where the statement about the origin goes
   * @param builder of that statement: a URI
   */
  public record Further(
      boolean ima, Optional<Path> attestation, Optional<Path> provenance, String builder) {
    public static final Further NONE = new Further(false, Optional.empty(), Optional.empty(), "");

    /** Whether there is anything. */
    public boolean isGiven() {
      return ima || isStated();
    }

    private boolean isStated() {
      return attestation.isPresent() || provenance.isPresent();
    }

    /** The same with the attribute. */
    public Further withIma() {
      return new Further(true, attestation, provenance, builder);
    }

    /** The same with a statement about the policy. */
    public Further withAttestation(Path file) {
      return new Further(ima, Optional.of(file), provenance, builder);
    }

    /** The same with a statement about the origin. */
    public Further withProvenance(Path file, String by) {
      return new Further(ima, attestation, Optional.of(file), by);
    }
  }

  /** Throws if the key does not fit. */
  public Signing {
    if (further.ima()) {
      ImaSignature.requireFit(signer.identity());
    }
  }

  /** Throws if what is signed beside a file is about one file, and there are several. */
  public Signing forFiles(int files) {
    if (further.isStated() && files != 1) {
      throw new IllegalStateException("an attestation is about one file, not " + files);
    }
    return this;
  }

  /**
   * Signs files. A file that was found is skipped if it is not patched, and left alone if it would
   * be replaced and the key has signed it already.
   */
  public ProgramWork<Path> work(Outputs outputs) {
    return ProgramWork.opening((program, messages) -> sign(program, outputs, messages));
  }

  private Outcome<Path> sign(ProgramFile program, Outputs outputs, WorkMessages messages)
      throws IOException, VerificationFailure {
    program.elf(); // a damaged file is refused before anything else
    TreeEntry entry = program.entry();
    if (!entry.named() && !program.isPatched()) {
      return Outcome.skipped(Refused.NOT_PATCHED);
    }
    if (!entry.named() && outputs.place().isInPlace() && signer.holds(program)) {
      messages.note(entry.file(), "this key has signed it, and the signature is valid");
      return Outcome.already(entry.file());
    }
    messages.note(entry.file(), "to be verified, and then signed: " + signer.described());
    FileSigner.Written written =
        signer.embed(program, (start, end) -> outputs.write(program, start, end, messages));
    make(written.target(), written.signed());
    return Outcome.done(written.target(), written.target(), messages);
  }

  /** Signs what belongs to a file that has been written. */
  public void make(Path file, Signed signed) throws IOException, VerificationFailure {
    if (further.ima()) {
      signer.imaSign(file, signed);
    }
    if (!further.isStated()) {
      return;
    }
    Attested subject =
        Attested.of(
            new Attested.Program(
                String.valueOf(file.getFileName()), signed.sha256().hex(), true, signed.patches()));
    if (further.attestation().isPresent()) {
      AtomicFile.write(
          further.attestation().get(), Statement.sign(signer, Statement.policy(subject)));
    }
    if (further.provenance().isPresent()) {
      AtomicFile.write(
          further.provenance().get(),
          Statement.sign(signer, Statement.provenance(subject, further.builder())));
    }
  }
}
