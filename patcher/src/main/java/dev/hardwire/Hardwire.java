package dev.hardwire;

import dev.hardwire.input.InputFile;
import dev.hardwire.verify.Inspection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Puts seccomp policies into ELF executables, and says what patched executables do.
 *
 * <pre>{@code
 * Hardwire.patch(Path.of("server"))
 *     .policy(Path.of("server.yaml"))
 *     .hook(Hook.INIT)
 *     .to(Path.of("server.hardwired"));
 * VerifyResult verified = Hardwire.verify(Path.of("server.hardwired")).run();
 * }</pre>
 *
 * <p>Supported are Linux executables of the architectures that {@code docs/support.md} lists, up to
 * 64 GiB. The same input, policy and options give the same bytes.
 */
public final class Hardwire {
  private Hardwire() {}

  /**
   * Patches executables that are in memory: {@link PatchTask#on} takes each.
   *
   * @return a task that needs a policy
   */
  public static PatchTask patch() {
    return new PatchTask(List.of());
  }

  /**
   * Patches an executable.
   *
   * @param file an ELF executable; it is not read before {@link PatchTask#to}
   * @return a task that needs a policy
   */
  public static PatchTask patch(Path file) {
    return patch(List.of(FoundFile.named(file)));
  }

  /**
   * Patches executables.
   *
   * @param files that were named or found; they are not read before the work on each
   * @return a task that needs a policy
   */
  public static PatchTask patch(List<FoundFile> files) {
    return new PatchTask(files);
  }

  /**
   * Verifies patched executables that are in memory: {@link VerifyTask#on} takes each.
   *
   * @return a task without requirements beyond a valid patch
   */
  public static VerifyTask verify() {
    return new VerifyTask(List.of());
  }

  /**
   * Verifies a patched executable from its bytes.
   *
   * @param file an ELF executable; it is not read before {@link VerifyTask#run}
   * @return a task without requirements beyond a valid patch
   */
  public static VerifyTask verify(Path file) {
    return verify(List.of(FoundFile.named(file)));
  }

  /**
   * Verifies patched executables.
   *
   * @param files that were named or found; they are not read before the work on each
   * @return a task without requirements beyond valid patches
   */
  public static VerifyTask verify(List<FoundFile> files) {
    return new VerifyTask(files);
  }

  /**
   * Decodes what a patch has put into an executable. Nothing is verified.
   *
   * @param file a patched ELF executable
   * @return the layers, one for each patch
   * @throws IOException if the file cannot be read
   * @throws HardwireException if it is not patched, or not well-formed
   */
  public static InspectResult inspect(Path file) throws IOException {
    return HardwireException.translated(
        file,
        () -> {
          try (InputFile input = InputFile.open(FoundFile.requireLocal(file))) {
            return InspectResult.of(Inspection.of(input.bytes()));
          }
        });
  }

  /**
   * Gives the originals of patched executables that are in memory back: {@link RestoreTask#on}
   * takes each.
   *
   * @return a task
   */
  public static RestoreTask restore() {
    return new RestoreTask(List.of());
  }

  /**
   * Gives the original of a patched executable back, bit for bit. Signatures are removed; of a
   * stacked patch, the last layer is undone.
   *
   * @param file a patched ELF executable; it is not read before {@link RestoreTask#to}
   * @return a task
   */
  public static RestoreTask restore(Path file) {
    return restore(List.of(FoundFile.named(file)));
  }

  /**
   * Gives the originals of patched executables back.
   *
   * @param files that were named or found; they are not read before the work on each
   * @return a task
   */
  public static RestoreTask restore(List<FoundFile> files) {
    return new RestoreTask(files);
  }

  /**
   * Signs a patched executable, which has to verify. Signatures that it has already stay.
   *
   * @param file a patched ELF executable; it is not read before {@link SignTask#to}
   * @return a task that needs a key
   */
  public static SignTask sign(Path file) {
    return sign(List.of(FoundFile.named(file)));
  }

  /**
   * Signs patched executables.
   *
   * @param files that were named or found; they are not read before the work on each
   * @return a task that needs a key
   */
  public static SignTask sign(List<FoundFile> files) {
    return new SignTask(files);
  }
}
