package dev.hardwire.work;

import dev.hardwire.verify.result.PatchSummary;
import java.util.List;

/**
 * What a statement is about: a program, or an image with programs in it.
 *
 * @param name of the program's file; for an image, the name of its file or directory
 * @param sha256 of the program, or of the image's manifest, in hexadecimal digits
 * @param kind which of them
 * @param original SHA-256 of what was patched, in hexadecimal digits
 * @param programs the hard-wired programs in it
 */
public record Attested(
    String name, String sha256, Kind kind, String original, List<Program> programs) {
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

  public Attested {
    programs = List.copyOf(programs);
  }

  /** A program by itself. */
  public static Attested of(Program program) {
    String original = program.patches().get(program.patches().size() - 1).original().hex();
    return new Attested(program.path(), program.sha256(), Kind.PROGRAM, original, List.of(program));
  }
}
