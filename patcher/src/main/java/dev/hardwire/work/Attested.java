package dev.hardwire.work;

import dev.hardwire.verify.result.PatchSummary;
import java.util.List;
import java.util.Optional;

/**
 * What a statement is about: a program, or an image with programs in it.
 *
 * @param name of the program's file; for an image, the name of its file or directory
 * @param sha256 of the program, or of the image's manifest, in hexadecimal digits
 * @param kind which of them
 * @param original SHA-256 of what was patched, in hexadecimal digits
 * @param programs the hard-wired programs in it
 * @param others the other programs of an image
 * @param starts what containers of an image start first
 */
public record Attested(
    String name,
    String sha256,
    Kind kind,
    String original,
    List<Program> programs,
    List<Other> others,
    List<Start> starts) {
  /** A kind of subject. */
  public enum Kind {
    PROGRAM,
    IMAGE
  }

  /**
   * A program that verified.
   *
   * @param path of its file, in an image with a slash at the start
   * @param sha256 in hexadecimal digits
   * @param isNew whether the run that the statement is about patched it
   * @param patches the last first
   */
  public record Program(String path, String sha256, boolean isNew, List<PatchSummary> patches) {
    public Program {
      patches = List.copyOf(patches);
    }
  }

  /**
   * A program that is not hard-wired.
   *
   * @param path with a slash at the start
   * @param sha256 in hexadecimal digits
   */
  public record Other(String path, String sha256) {}

  /**
   * What a container starts first.
   *
   * @param platform such as {@code linux/arm64}
   * @param path with a slash at the start; empty if the image names no file in it
   * @param isHardWired whether it is a hard-wired program; a script is not
   */
  public record Start(String platform, Optional<String> path, boolean isHardWired) {}

  public Attested {
    programs = List.copyOf(programs);
    others = List.copyOf(others);
    starts = List.copyOf(starts);
  }

  /** A program by itself. */
  public static Attested of(Program program) {
    String original = program.patches().get(program.patches().size() - 1).original().hex();
    return new Attested(
        program.path(),
        program.sha256(),
        Kind.PROGRAM,
        original,
        List.of(program),
        List.of(),
        List.of());
  }
}
