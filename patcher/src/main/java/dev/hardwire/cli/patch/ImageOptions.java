package dev.hardwire.cli.patch;

import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.options.SigningOptions;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.sign.BuilderOption;
import dev.hardwire.container.Attester;
import dev.hardwire.container.ContainerImage;
import dev.hardwire.container.ContainerWriter;
import dev.hardwire.container.ImagePrograms;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.work.FileSigner;
import dev.hardwire.work.ToolVersion;
import dev.hardwire.work.VerificationFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How {@code apply} writes a container image or a package. */
@OptionHeading("Container images and packages")
final class ImageOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "IMAGE",
      description =
          "Write the changed container image or package to this file or directory (default: replace"
              + " it).")
  Path output;

  @Option(
      names = "--version-suffix",
      paramLabel = "TEXT",
      description =
          "Append this to the version of a changed package; '' keeps the version (default: a suffix"
              + " such as a~hardwire1, with which every update of the package replaces it).")
  String suffix;

  @Option(
      names = "--squash-into",
      description =
          "Put patched programs into the layers that have them, and not into a new layer.")
  boolean intoTheirLayers;

  @Option(
      names = "--attest",
      description =
          "Attach attestations to changed images, signed with --sign-key: what the programs"
              + " enforce, and provenance of SLSA.")
  boolean attests;

  @Mixin final BuilderOption builder = new BuilderOption();
  @Mixin final SigningOptions signing = new SigningOptions();

  private Optional<FileSigner> signer = Optional.empty();

  /**
   * Checks the options, and reads the key.
   *
   * @param found what is patched; empty for a directory
   */
  void check(Optional<ImagePrograms> found, boolean checksOnly) throws IOException {
    if (found.isEmpty() && output != null) {
      throw new UsageException(
          "--output is for images and packages; use --output-dir for directories");
    }
    boolean isImage = found.isPresent() && !found.get().isPackage();
    if (intoTheirLayers && !isImage) {
      throw new UsageException("--squash-into is for container images");
    }
    if (attests && !(isImage && found.get().isOci())) {
      throw new UsageException("--attest is for OCI image layouts and OCI archives");
    }
    if (attests != signing.isGiven() || (!attests && signing.isAnyGiven())) {
      throw new UsageException(
          attests
              ? "--attest requires --sign-key KEY"
              : "options about signing require --attest; the manifest says how programs are"
                  + " signed");
    }
    builder.check(attests, "--attest");
    if (suffix != null && !suffix.matches("[A-Za-z0-9.+~]*")) {
      throw new UsageException("--version-suffix may contain letters, digits, '.', '+' and '~'");
    }
    if (attests && !checksOnly) {
      if (output != null) {
        signing.requireUnread(output);
      }
      signer = Optional.of(signing.signer());
    }
  }

  /**
   * Writes an image or package.
   *
   * @return lines about attestations, and about what a package has lost
   */
  List<String> write(Path image, ImagePrograms programs) throws IOException, VerificationFailure {
    Path target = output == null ? image : output;
    if (programs.isPackage()) {
      return programs.writePackage(target, Optional.ofNullable(suffix)).stream()
          .map(TerminalText::of)
          .toList();
    }
    Attester attester =
        signer.isPresent()
            ? ImageAttester.of(target, programs, signer.get(), builder.id())
            : Attester.NONE;
    return programs
        .writeImage(
            target, new ContainerWriter.Request(ToolVersion.text(), intoTheirLayers, attester))
        .stream()
        .map(tag -> TerminalText.of("attestations: " + target + ":" + tag))
        .toList();
  }

  /** Prints what containers start first, and whether it is hard-wired. */
  void printStarts(ImagePrograms programs, PrintWriter out) throws IOException {
    for (ImagePrograms.Start start : programs.starts()) {
      String label = start.image().isEmpty() ? "" : " of " + start.image();
      String text =
          start.program().isPresent()
              ? text(start.program().get())
              : "the image names no file in it";
      out.println(TerminalText.of("entry point" + label + ": " + text));
    }
  }

  private static String text(ContainerImage.EntryPoint start) throws IOException {
    String name = "/" + start.name();
    if (start.content().isEmpty()) {
      return name + ", no ELF file; what it starts is confined if that is hard-wired";
    }
    try (ProgramFile program = ProgramFile.open(start.content().get())) {
      if (program.isDamaged()) {
        return name + ", a damaged ELF file";
      }
      return name + (program.isPatched() ? ", hard-wired" : ", not hard-wired");
    }
  }
}
