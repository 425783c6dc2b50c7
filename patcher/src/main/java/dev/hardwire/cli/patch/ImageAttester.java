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
import java.util.Optional;

/** Makes attestations about images, whose hard-wired programs it verifies first. */
final class ImageAttester implements Attester {
  private final String name;
  private final FileSigner signer;
  private final String builder;
  private final Map<ContainerImage, Found> programs;

  /** What is in an image. */
  private record Found(
      List<Attested.Program> programs, List<Attested.Other> others, Attested.Start start) {}

  private ImageAttester(
      Path image, FileSigner signer, String builder, Map<ContainerImage, Found> programs) {
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
    Map<ContainerImage, Found> programs = new HashMap<>();
    for (ContainerImage one : found.images()) {
      if (one.isChanged()) {
        Found in = new Found(new ArrayList<>(), new ArrayList<>(), start(one));
        for (ContainerImage.Present program : one.present()) {
          add(program, in);
        }
        programs.put(one, in);
      }
    }
    return new ImageAttester(image, signer, builder, programs);
  }

  private static void add(ContainerImage.Present program, Found in)
      throws IOException, VerificationFailure {
    try (ProgramFile file = ProgramFile.open(program.content())) {
      String path = "/" + program.name();
      String sha256 = file.content().sha256().hex();
      if (file.isDamaged() || !file.isPatched()) {
        if (file.isDamaged() || !file.isSharedLibrary()) {
          in.others().add(new Attested.Other(path, sha256));
        }
        return;
      }
      in.programs()
          .add(
              new Attested.Program(
                  path, sha256, program.isReplaced(), ProvenPatches.of(file.content())));
    }
  }

  private static Attested.Start start(ContainerImage image) throws IOException {
    Optional<ContainerImage.EntryPoint> entry = image.entryPoint();
    boolean isHardWired = false;
    if (entry.isPresent() && entry.get().content().isPresent()) {
      try (ProgramFile file = ProgramFile.open(entry.get().content().get())) {
        isHardWired = !file.isDamaged() && file.isPatched();
      }
    }
    return new Attested.Start(
        image.platform(), entry.map(point -> "/" + point.name()), isHardWired);
  }

  @Override
  public List<Attestation> attest(Attester.Subject subject) throws IOException {
    List<Attested.Program> all = new ArrayList<>();
    List<Attested.Other> others = new ArrayList<>();
    List<Attested.Start> starts = new ArrayList<>();
    for (ContainerImage image : subject.images()) {
      Found found = programs.get(image);
      all.addAll(found.programs());
      others.addAll(found.others());
      starts.add(found.start());
    }
    Attested about =
        new Attested(
            name,
            hex(subject.digest()),
            Attested.Kind.IMAGE,
            hex(subject.original()),
            all,
            others,
            starts);
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
