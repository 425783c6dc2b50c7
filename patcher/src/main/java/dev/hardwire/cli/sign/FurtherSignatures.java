package dev.hardwire.cli.sign;

import dev.hardwire.Credentials;
import dev.hardwire.FoundFile;
import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.options.OutputOptions;
import dev.hardwire.cli.options.Overwriting;
import dev.hardwire.cli.options.SigningOptions;
import dev.hardwire.cli.report.UsageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options for further signatures of a signed file, by the same key. */
@OptionHeading("Signing")
public final class FurtherSignatures {
  @Option(
      names = "--attest",
      paramLabel = "FILE",
      description =
          "Also write an attestation to this file: an in-toto statement in a DSSE envelope;"
              + " only one FILE is allowed.")
  Path attestation;

  @Option(
      names = "--provenance",
      paramLabel = "FILE",
      description =
          "Also write provenance to this file: a statement of SLSA, version 1, in a DSSE"
              + " envelope; only one FILE is allowed.")
  Path provenance;

  @Mixin final BuilderOption builder = new BuilderOption();

  @Option(
      names = "--ima",
      description = "Also set security.ima, the attribute that the kernel's IMA checks.")
  boolean ima;

  public boolean isGiven() {
    return attestation != null || provenance != null || ima;
  }

  private List<Path> statements() {
    return Stream.of(attestation, provenance).filter(Objects::nonNull).toList();
  }

  /** Checks the combination of options before any file is touched. */
  public void check(List<Path> arguments, boolean trees) {
    builder.check(provenance != null, "--provenance");
    if (!statements().isEmpty() && (arguments.size() != 1 || trees)) {
      throw new UsageException(
          (attestation != null ? "--attest" : "--provenance") + " accepts only one FILE");
    }
  }

  /** Checks that no attestation overwrites a file that is read or written. */
  public void check(SigningOptions signing, OutputOptions output, List<FoundFile> inputs)
      throws IOException {
    for (Path statement : statements()) {
      signing.requireUnread(statement);
      for (FoundFile input : inputs) {
        Overwriting.refuse(statement, input.file(), "the input");
        Overwriting.refuse(statement, output.destination().path(input), "the result");
      }
    }
    if (statements().size() == 2) {
      Overwriting.refuse(provenance, attestation, "the attestation");
    }
  }

  /** Adds them to what a key signs. */
  public Credentials applyTo(Credentials given) {
    Credentials credentials = ima ? given.ima() : given;
    if (attestation != null) {
      credentials = credentials.attestation(attestation);
    }
    return provenance == null ? credentials : credentials.provenance(provenance, builder.id());
  }
}
