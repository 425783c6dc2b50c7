package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The archive of classes is used where it fits, and does no harm where it does not. */
class ClassArchiveIT {
  /** For each JVM, an installation with its archives. */
  private static final Map<Path, Path> INSTALLED = new HashMap<>();

  @TempDir private static Path shared;
  @TempDir private Path folder;

  /** The script that starts the command. */
  private Path script;

  /** What is beside it: jar, options, archives. */
  private Path target;

  /** What stands in place of {@link #target} for commands. */
  private Path content;

  static Stream<Path> runtimes() throws IOException {
    return JarIT.runtimes();
  }

  /**
   * Makes an installation. For the JVM of the build, it is the build's own, which has archives; as
   * tests damage them, commands find a copy in its place.
   */
  private void install(Path home) throws IOException {
    boolean isNew = !INSTALLED.containsKey(home);
    Path installed = INSTALLED.computeIfAbsent(home, any -> shared.resolve("" + INSTALLED.size()));
    content = installed.resolve("target");
    boolean isOfBuild = home.toRealPath().equals(Cli.home().toRealPath());
    script = isOfBuild ? Cli.SCRIPT : installed.resolve("bin/hardwire");
    target = script.resolveSibling("../target").normalize();
    if (!isNew) {
      return;
    }
    Files.createDirectories(content);
    Path bin = Files.createDirectory(installed.resolve("bin"));
    copy(Path.of("bin/hardwire"), bin);
    for (String file : List.of("hardwire.jar", "hardwire.options")) {
      copy(Path.of("target", file), content);
    }
    Path libraries = Files.createDirectory(content.resolve("native"));
    try (Stream<Path> files = Files.list(Path.of("target/native"))) {
      for (Path file : files.toList()) {
        copy(file, libraries);
      }
    }
    if (isOfBuild) {
      List<String> lines =
          Files.readAllLines(Path.of("target/hardwire.archives")).stream()
              .filter(line -> Path.of(line.replaceAll(".* ", "")).startsWith(home))
              .toList();
      Files.write(content.resolve("hardwire.archives"), lines);
      for (String line : lines) {
        copy(Path.of("target", line.replaceAll(".*=| .*", "")), content);
      }
    } else {
      Programs.run("sh", "src/build/archive-classes.sh", home, content).succeeds();
    }
  }

  private static void copy(Path file, Path directory) throws IOException {
    Files.copy(file, directory.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
  }

  @Test
  void theBuildHasMadeOne() throws IOException {
    assertThat(Files.readAllLines(Path.of("target/hardwire.archives")))
        .anySatisfy(
            line -> {
              String[] words = line.split("[= ]", -1);
              assertThat(Path.of("target", words[1])).isNotEmptyFile();
              assertThat(Files.isSameFile(Path.of(words[2]), Cli.javaOf(Cli.home()))).isTrue();
            });
  }

  /** Of another JVM, DebianPackageIT makes and uses archives. */
  @Test
  void isUsed() throws IOException {
    uses(Cli.home());
  }

  @ParameterizedTest
  @MethodSource("runtimes")
  @Tag("long")
  void eachIsUsed(Path home) throws IOException {
    uses(home);
  }

  private void uses(Path home) throws IOException {
    install(home);
    List<Path> archives = archives();
    assertThat(archives).hasSize(2).anyMatch(ClassArchiveIT::isOfPatch);
    for (Path archive : archives) {
      assertThat(use(home, archive, strict(archive)).status()).isZero();
      if (archive.toString().endsWith(".jsa")) { // an AOT cache is loaded as a whole
        loadsLittle(home, archive);
      }
      if (isOfPatch(archive)) {
        doesNotOpenTheJar(home, archive);
      }
    }
  }

  @Test
  void isUsedWhereItFitsOnly() throws IOException {
    fitsOnly(Cli.home(), 1);
  }

  @ParameterizedTest
  @MethodSource("runtimes")
  @Tag("long")
  void eachIsUsedWhereItFitsOnly(Path home) throws IOException {
    fitsOnly(home, 2);
  }

  /**
   * Damages archives, and makes them old.
   *
   * @param count of archives
   */
  private void fitsOnly(Path home, int count) throws IOException {
    install(home);
    Map<Path, byte[]> whole = new LinkedHashMap<>();
    for (Path archive : archives().subList(0, count)) {
      whole.put(archive, Files.readAllBytes(archive));
    }
    try {
      fitsOnly(home, whole);
    } finally {
      for (Map.Entry<Path, byte[]> one : whole.entrySet()) {
        Files.write(one.getKey(), one.getValue());
      }
    }
  }

  private void fitsOnly(Path home, Map<Path, byte[]> archives) throws IOException {
    for (Map.Entry<Path, byte[]> one : archives.entrySet()) {
      Path archive = one.getKey();
      for (Path other : runtimes().filter(other -> !other.equals(home)).toList()) {
        worksWithout(other, archive);
      }

      byte[] good = one.getValue();
      byte[] bad = good.clone();
      Arrays.fill(bad, 0, 4096, (byte) 0x5a);
      damaged(home, archive, bad);
      damaged(home, archive, Arrays.copyOf(good, good.length / 2));
      damaged(home, archive, new byte[0]);
      damaged(home, archive, good);
    }
    Path jar = content.resolve("hardwire.jar");
    FileTime time = Files.getLastModifiedTime(jar);
    for (Path archive : archives.keySet()) {
      Files.setLastModifiedTime(jar, FileTime.fromMillis(1));
      worksWithout(home, archive);
      assertThat(use(home, archive, strict(archive)).status()).isNotZero();
      Files.setLastModifiedTime(jar, time);
      assertThat(use(home, archive, strict(archive)).status()).isZero();
      Files.delete(archive);
      worksWithout(home, archive);
      assertThat(use(home, archive, strict(archive)).status()).isNotZero();
    }
  }

  private void loadsLittle(Path home, Path archive) throws IOException {
    Path log = folder.resolve("log");
    patches(home, "/bin/true", "-XX:SharedArchiveFile=" + archive, "-Xlog:class+load:file=" + log);
    assertThat(Files.readAllLines(log))
        .anyMatch(
            line -> line.contains(" dev.hardwire.cli.patch.PatchCommand source: shared objects"))
        .noneMatch(line -> line.contains(" picocli."))
        .noneMatch(line -> line.contains(" org.bouncycastle."))
        .noneMatch(line -> line.contains(" org.snakeyaml."))
        .noneMatch(line -> line.contains(" com.google.gson."))
        .noneMatch(line -> line.contains(" java.lang.runtime.ObjectMethods ")); // of records
  }

  /** Its classes, lambdas and resources are in the archive. */
  private void doesNotOpenTheJar(Path home, Path archive) throws IOException {
    Path log = folder.resolve("log");
    boolean cache = archive.toString().endsWith(".aot");
    patches(
        home,
        "/bin/date",
        "@" + target.resolve("hardwire.options"),
        (cache ? "-XX:AOTCache=" : "-XX:SharedArchiveFile=") + archive,
        "-Xlog:class+load=info,class+init=info:file=" + log);
    Files.delete(folder.resolve("output"));
    List<String> lines = Files.readAllLines(log);
    assertThat(lines)
        .anyMatch(line -> line.contains("Initializing 'dev/hardwire/work/FilePatcher'"))
        .noneMatch(line -> line.contains("Initializing 'java/util/zip/ZipFile$Source'"))
        .noneMatch(line -> line.contains("Initializing 'sun/security/provider/SunEntries'"))
        .noneMatch(line -> line.contains(" source: file:"));
    assertThat(lines.stream().filter(line -> line.contains("$$Lambda") && line.contains("load")))
        .allMatch(line -> line.endsWith(" source: shared objects file"));
  }

  /** Patches a program in a JVM with some flags. */
  private void patches(Path home, String program, String... flags) {
    List<Object> command = new ArrayList<>(room());
    command.add(Cli.javaOf(home));
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", target.resolve("hardwire.jar"), "dev.hardwire.cli.Main"));
    command.addAll(List.of("patch", "--deny", "uname", "-o", folder.resolve("output"), program));
    Programs.run(command.toArray()).succeeds();
  }

  /** Starts a command that finds {@link #content} in place of {@link #target}. */
  private List<Object> room() {
    String mount = "mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"";
    return List.of("unshare", "-m", "sh", "-c", mount, "sh", content, target);
  }

  private void damaged(Path home, Path archive, byte[] content) throws IOException {
    Files.delete(archive);
    Files.write(archive, content, StandardOpenOption.CREATE_NEW);
    worksWithout(home, archive);
  }

  private List<Path> archives() throws IOException {
    try (Stream<Path> files = Files.list(content)) {
      return files
          .filter(file -> file.toString().endsWith(".jsa") || file.toString().endsWith(".aot"))
          .sorted()
          .toList();
    }
  }

  private static boolean isOfPatch(Path archive) {
    return archive.toString().contains("-patch.");
  }

  /** What makes the JVM fail instead of going on without the archive. */
  private static String strict(Path archive) {
    return archive.toString().endsWith(".aot") ? "-XX:AOTMode=on" : "-Xshare:on";
  }

  private void worksWithout(Path home, Path archive) throws IOException {
    Outcome outcome = use(home, archive);
    outcome.succeeds();
    assertThat(outcome.err()).isEmpty();
  }

  /** Runs a command that has its classes in an archive. */
  private Outcome use(Path home, Path archive, String... jvmFlags) throws IOException {
    Path output = folder.resolve("output");
    Files.deleteIfExists(output);
    List<String> policy =
        isOfPatch(archive) ? List.of("--deny", "uname") : List.of("--preset", "no-exec");
    return Cli.script(script, home)
        .under(room())
        .jvm(jvmFlags)
        .call("patch", policy, "-o", output, "/bin/true");
  }
}
