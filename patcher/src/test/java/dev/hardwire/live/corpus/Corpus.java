package dev.hardwire.live.corpus;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The ELF executables of this system and of the JDK, each file once, whatever its names. The system
 * property {@code hardwire.corpus} names further folders, separated by colons.
 */
final class Corpus {
  /**
   * Programs that stop or take down the machine; they are not run, however well they are shut in.
   */
  static final Set<String> DANGEROUS =
      Set.of(
          "halt",
          "init",
          "kexec",
          "killall5",
          "poweroff",
          "reboot",
          "runit",
          "shutdown",
          "systemd",
          "telinit");

  private static final byte[] ELF_MAGIC = {0x7f, 'E', 'L', 'F'};

  private Corpus() {}

  /** All of them, by path. */
  static List<Path> all() {
    Path java = Path.of(System.getProperty("java.home"));
    Stream<Path> usual =
        Stream.of(
            Path.of("/usr/bin"), Path.of("/usr/sbin"), java.resolve("bin"), java.resolve("lib"));
    Stream<Path> further =
        Pattern.compile(":")
            .splitAsStream(System.getProperty("hardwire.corpus", ""))
            .filter(name -> !name.isEmpty())
            .map(Path::of);
    Set<Object> seen = new HashSet<>();
    return Stream.concat(usual, further)
        .flatMap(Corpus::files)
        .sorted()
        .filter(Corpus::isElfExecutable)
        .filter(file -> seen.add(inode(file)))
        .toList();
  }

  /** As many of them, chosen by the digests of their paths. */
  static List<Path> sample(int count) {
    return all().stream()
        .sorted(Comparator.comparing(Corpus::digest))
        .limit(count)
        .sorted()
        .toList();
  }

  private static String digest(Path file) {
    return Bytes.wrap(file.toString().getBytes(StandardCharsets.UTF_8)).sha256().hex();
  }

  private static Stream<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isElfExecutable(Path file) {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || !Files.isExecutable(file)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(file)) {
      return java.util.Arrays.equals(in.readNBytes(ELF_MAGIC.length), ELF_MAGIC);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Object inode(Path file) {
    try {
      return Files.readAttributes(file, "unix:dev,ino");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
