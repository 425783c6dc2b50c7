package dev.hardwire.cli.patch;

import dev.hardwire.container.Attester;
import dev.hardwire.container.ContainerImage;
import dev.hardwire.container.ImagePrograms;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.work.Attested;
import dev.hardwire.work.FileSigner;
import dev.hardwire.work.ProvenPatches;
import dev.hardwire.work.Statement;
import dev.hardwire.work.VerificationFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes attestations about images, whose hard-wired programs it verifies first. */
final class ImageAttester implements Attester {
  private final String name;
  private final FileSigner signer;
  private final String builder;
  private final Map<ContainerImage, List<Attested.Program>> programs;

  private ImageAttester(
      Path image,
      FileSigner signer,
      String builder,
      Map<ContainerImage, List<Attested.Program>> programs) {
    this.name = String.valueOf(image.toAbsolutePath().normalize().getFileName());
    this.signer = signer;
    this.builder = builder;
    this.programs = programs;
  }

  /**
   * Verifies the programs.
   *
   * @param image where the image is written
   * @param builder identifies who runs the tool: a URI
   * @throws VerificationFailure if a hard-wired program does not verify
   */
  static ImageAttester of(Path image, ImagePrograms found, FileSigner signer, String builder)
      throws IOException, VerificationFailure {
    Map<ContainerImage, List<Attested.Program>> programs = new HashMap<>();
    for (ContainerImage one : found.images()) {
      if (one.isChanged()) {
        List<Attested.Program> proven = new ArrayList<>();
        for (ContainerImage.Present program : one.present()) {
          addIfPatched(program, proven);
        }
        programs.put(one, proven);
      }
    }
    return new ImageAttester(image, signer, builder, programs);
  }

  private static void addIfPatched(ContainerImage.Present program, List<Attested.Program> proven)
      throws IOException, VerificationFailure {
    try (ProgramFile file = ProgramFile.open(program.content())) {
      if (!file.isDamaged() && file.isPatched()) {
        proven.add(
            new Attested.Program(
                "/" + program.name(),
                file.content().sha256().hex(),
                program.isReplaced(),
                ProvenPatches.of(file.content())));
      }
    }
  }

  @Override
  public List<Attestation> attest(Attester.Subject subject) throws IOException {
    List<Attested.Program> all = new ArrayList<>();
    subject.images().forEach(image -> all.addAll(programs.get(image)));
    Attested about =
        new Attested(
            name, hex(subject.digest()), Attested.Kind.IMAGE, hex(subject.original()), all);
    return List.of(
        attestation(Statement.POLICY, Statement.policy(about)),
        attestation(Statement.PROVENANCE, Statement.provenance(about, builder)));
  }

  private Attestation attestation(String type, byte[] statement) throws IOException {
    return new Attestation(type, Statement.sign(signer, statement));
  }

  private static String hex(String digest) {
    return digest.substring(digest.indexOf(':') + 1);
  }
}
