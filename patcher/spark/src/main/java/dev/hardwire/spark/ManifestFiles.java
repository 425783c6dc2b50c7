package dev.hardwire.spark;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.input.IoText;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.Manifest;
import dev.hardwire.policy.text.ManifestReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files that results depend on. Executors get those in the manifest's folder. Only files about
 * signing may lie elsewhere: they are the same on all nodes, at the same absolute path.
 */
final class ManifestFiles {
  /** Settings with files that results depend on; they do not on a PKCS#11 module. */
  private static final Set<String> SIGNING = Set.of("key", "cert", "password-file");

  private static final String TOKEN = "pkcs11:";

  private ManifestFiles() {}

  /** All files in the folder of a manifest, by their paths there. */
  static SortedMap<String, Path> beside(Path manifest) throws IOException {
    Path folder = manifest.toAbsolutePath().normalize().getParent();
    SortedMap<String, Path> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(folder)) {
      found
          .filter(Files::isRegularFile)
          .forEach(file -> files.put(folder.relativize(file).toString(), file));
    }
    return files;
  }

  /**
   * The SHA-256 of files elsewhere, by path.
   *
   * @param beside the files that executors get
   * @throws PolicyException if the manifest is not valid, or names a file that executors do not
   *     have
   */
  static SortedMap<String, String> elsewhere(Path manifest, Set<String> beside) throws IOException {
    SortedMap<String, String> digests = new TreeMap<>();
    for (Manifest.Rule rule : ManifestReader.read(manifest, Path.of("")).rules()) {
      for (Manifest.Setting setting : rule.settings()) {
        if (setting.option().equals("policy")) {
          require(isBeside(setting, beside), setting, "");
        }
      }
      for (Manifest.Setting setting : rule.signing()) {
        if (SIGNING.contains(setting.option())
            && !setting.value().startsWith(TOKEN)
            && !isBeside(setting, beside)) {
          Path file = Path.of(setting.value());
          require(file.isAbsolute(), setting, ", or give an absolute path that all nodes have");
          digests.put(setting.value(), sha256(setting, file));
        }
      }
    }
    return digests;
  }

  private static boolean isBeside(Manifest.Setting setting, Set<String> beside) {
    return beside.contains(Path.of(setting.value()).normalize().toString());
  }

  private static void require(boolean isUsable, Manifest.Setting setting, String otherwise) {
    if (!isUsable) {
      throw new PolicyException(
          setting.position(),
          ("executors get only the files in the manifest's folder, and \"%s\" is none of them; put"
                  + " it there, and give its path from there%s")
              .formatted(setting.value(), otherwise));
    }
  }

  private static String sha256(Manifest.Setting setting, Path file) {
    try {
      return Bytes.wrap(Files.readAllBytes(file)).sha256().hex();
    } catch (IOException e) {
      throw new PolicyException(
          setting.position(),
          "cannot read \"%s\", which must be here and on all nodes: %s"
              .formatted(file, IoText.of(file.toString(), e)));
    }
  }
}
