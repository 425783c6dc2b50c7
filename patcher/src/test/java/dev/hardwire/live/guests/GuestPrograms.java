package dev.hardwire.live.guests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.FileBytes;
import dev.hardwire.elf.ElfFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What is run in the guests: programs built for the purpose, and real ones out of Debian. */
final class GuestPrograms {
  private static final String SHOW_STATUS =
      "while read -r a b; do case $a in Seccomp:) echo $a $b;; esac; done < /proc/self/status";

  /** Name, arguments, arguments that show the status. */
  private static final List<List<List<String>>> REAL =
      List.of(
          real("busybox-static", args("sha256sum", "data"), grep("grep")),
          real("busybox", args("awk", "{ print NR, $0 }", "data"), grep("grep")),
          real(
              "bash",
              args("-c", "for i in 1 2 3; do echo $((i*i)); done; read x < data; echo $x; exit 5"),
              args("-c", SHOW_STATUS)),
          real(
              "dash",
              args("-c", "(exit 3); echo $?; read x < data; echo $x; exit 6"),
              args("-c", SHOW_STATUS)),
          real("cat", args("data"), args("/proc/self/status")),
          real("ls", args("-1", "words"), args()),
          real("sort", args("-u", "data"), args("/proc/self/status")),
          real("sha256sum", args("data"), args()),
          real("grep", args("-n", "beta", "data"), grep()),
          real("sed", args("s/a/A/g", "data"), args("-n", "/^Seccomp:/p", "/proc/self/status")),
          real("mawk", args("{ n += length($0) } END { print n }", "data"), mawk()),
          real("tar", args("-cvf", "/dev/null", "data", "words"), args()),
          real("gzip", args("-c", "data"), args()),
          real("xz", args("-dc", "data.xz"), args()),
          real("openssl", args("dgst", "-sha256", "data"), args()),
          real("go-md2man", args("-in", "words/text.md"), args("-in", "/proc/self/status")),
          real("rg", args("-c", "beta", "data"), args("Seccomp:", "/proc/self/status")));

  private GuestPrograms() {}

  /** The programs of an architecture that the guest can run. */
  static List<GuestProgram> of(Guest guest, String architecture) {
    Path directory = GuestFolder.directory();
    return Stream.concat(built(architecture, directory), realOnes(architecture, directory))
        .filter(guest::canRun)
        .toList();
  }

  private static Stream<GuestProgram> built(String architecture, Path directory) {
    Path folder = directory.resolve("built").resolve(architecture);
    try {
      return Files.readAllLines(folder.resolve("manifest.tsv")).stream()
          .skip(1)
          .map(line -> line.substring(0, line.indexOf('\t')))
          .map(name -> program(architecture, name, true, folder, args(), args("status")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<GuestProgram> realOnes(String architecture, Path directory) {
    Path folder = directory.resolve("root").resolve(architecture).resolve("usr/bin");
    return REAL.stream()
        .map(r -> program(architecture, r.get(0).get(0), false, folder, r.get(1), r.get(2)));
  }

  private static GuestProgram program(
      String architecture,
      String name,
      boolean built,
      Path folder,
      List<String> arguments,
      List<String> status) {
    Path file = folder.resolve(name);
    assertThat(file).isExecutable();
    return new GuestProgram(architecture, name, kind(file), built, file, arguments, status);
  }

  private static String kind(Path file) {
    try (FileBytes bytes = FileBytes.open(file)) {
      ElfFile elf = ElfFile.parse(bytes.bytes());
      String position = elf.isPositionIndependent() ? "static-pie" : "static";
      return elf.hasInterpreter() ? "dynamic" : position;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<List<String>> real(String name, List<String> arguments, List<String> status) {
    return List.of(List.of(name), arguments, status);
  }

  private static List<String> args(String... arguments) {
    return List.of(arguments);
  }

  private static List<String> grep(String... applet) {
    return Stream.concat(Stream.of(applet), Stream.of("^Seccomp:", "/proc/self/status")).toList();
  }

  private static List<String> mawk() {
    return args("/^Seccomp:/ { print $1, $2 }", "/proc/self/status");
  }
}
