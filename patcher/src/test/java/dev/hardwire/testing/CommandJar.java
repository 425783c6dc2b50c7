package dev.hardwire.testing;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The command in a jar with an archive of its classes, for the processes that tests start: some
 * hundred JVMs, most of whose time is to load classes. The build makes both before the tests, and
 * names their directory to them. Without that, processes get the directories of classes.
 */
public final class CommandJar {
  private static final String DIRECTORY = "hardwire.command";
  private static final String MANIFEST = "META-INF/MANIFEST.MF";

  /** Commands that load most classes; with the directory for what they write. */
  private static final String TRAINING =
      """
      patch --deny uname -o %1$s/wired /bin/true
      verify %1$s/wired
      inspect %1$s/wired
      restore -o %1$s/restored %1$s/wired
      patch --preset no-exec -o %1$s/other /bin/true
      learn --exec -o %1$s/policy.yaml -- /bin/true
      policy check %1$s/policy.yaml
      why --policy %1$s/policy.yaml -- /bin/true
      """;

  private CommandJar() {}

  /** How processes start the command: flags of the JVM, and where the classes are. */
  record Start(List<String> flags, String classPath) {
    /** The class path with more behind it; the archive fits as long as the jar comes first. */
    String with(String more) {
      return classPath.equals(more) ? more : classPath + File.pathSeparator + more;
    }
  }

  /**
   * How to start the command.
   *
   * @param classPath where its classes are, if the build has made no jar
   */
  static Start start(String classPath) {
    String directory = System.getProperty(DIRECTORY, "");
    if (directory.isEmpty()) {
      return new Start(List.of(), classPath);
    }
    Path made = Path.of(directory).toAbsolutePath();
    // The JVM prints nothing about an archive that it cannot use.
    return new Start(
        List.of("-Xlog:disable", "-XX:SharedArchiveFile=" + archive(made)), jar(made).toString());
  }

  private static Path jar(Path directory) {
    return directory.resolve("hardwire.jar");
  }

  private static Path archive(Path directory) {
    return directory.resolve("hardwire.jsa");
  }

  /**
   * Makes them in the directory that is named, unless they are newer than all classes; and a file
   * of options with the class path of the tests, for {@code fixtures/test-in-guest.sh}.
   */
  public static void main(String... args) throws IOException {
    Path directory = Files.createDirectories(Path.of(args[0]).toAbsolutePath());
    Files.writeString(directory.resolve("tests.options"), "-cp \"" + Cli.classPath() + "\"\n");
    List<Path> folders = new ArrayList<>();
    List<Path> jars = new ArrayList<>();
    for (String entry : Cli.ownClassPath().split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      if (!path.endsWith("test-classes")) {
        (Files.isDirectory(path) ? folders : jars).add(path);
      }
    }
    Path jvm = directory.resolve("jvm");
    String current = Cli.home().toRealPath() + " " + Runtime.version();
    List<Path> inputs = new ArrayList<>(folders);
    inputs.addAll(jars);
    if (Files.exists(jvm)
        && Files.readString(jvm).equals(current)
        && isNewer(archive(directory), inputs)) {
      return;
    }
    Files.deleteIfExists(jvm);
    write(jar(directory), folders, jars);
    copyNative(directory);
    makeArchive(directory);
    Files.writeString(jvm, current);
  }

  private static boolean isNewer(Path archive, List<Path> inputs) throws IOException {
    for (Path input : inputs) {
      for (Path file : files(input)) {
        if (Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(archive)) >= 0) {
          return false;
        }
      }
    }
    return true;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static void makeArchive(Path directory) throws IOException {
    Path work = Files.createTempDirectory("command");
    Path training = Files.writeString(work.resolve("training"), TRAINING.formatted(work));
    Path classes = work.resolve("classes");
    Path made = work.resolve("made.jsa");
    List<Object> java = List.of(Cli.javaOf(Cli.home()), "-XX:TieredStopAtLevel=1", "-Xlog:disable");
    List<Object> jar = List.of("-cp", jar(directory), "--enable-native-access=ALL-UNNAMED");
    Programs.run(
            java,
            List.of("-Xshare:off", "-XX:DumpLoadedClassList=" + classes),
            jar,
            List.of("dev.hardwire.cli.ArchiveTrainer", training))
        .succeeds();
    Programs.run(
            java,
            List.of("-Xshare:dump", "-XX:SharedClassListFile=" + classes),
            "-XX:SharedArchiveFile=" + made,
            jar)
        .succeeds();
    Files.deleteIfExists(archive(directory)); // running JVMs keep the old one
    Files.copy(made, archive(directory));
    Programs.output("rm", "-rf", work);
    // Ends with an error if the archive cannot be used.
    Programs.run(
            java,
            List.of("-Xshare:on", "-XX:SharedArchiveFile=" + archive(directory)),
            jar,
            List.of("dev.hardwire.cli.Main", "--version"))
        .succeeds();
  }

  /** Writes all files without compression, and the names of the jars that they need. */
  private static void write(Path jar, List<Path> folders, List<Path> jars) throws IOException {
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      String names =
          jars.stream().map(path -> path.toUri().toString()).collect(Collectors.joining(" "));
      put(zip, MANIFEST, manifest(names).getBytes(StandardCharsets.UTF_8));
      for (Path folder : folders) {
        for (Path file : files(folder)) {
          String name = folder.relativize(file).toString();
          if (!name.equals(MANIFEST) && !name.equals("module-info.class")) {
            put(zip, name, Files.readAllBytes(file));
          }
        }
      }
    }
  }

  /** Lines of a manifest have at most 72 bytes; those that go on begin with a space. */
  private static String manifest(String classPath) {
    String line = "Class-Path: " + classPath;
    return "Manifest-Version: 1.0\n" + line.replaceAll("(.{60})", "$1\n ") + "\n\n";
  }

  private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    CRC32 sum = new CRC32();
    sum.update(content);
    entry.setCrc(sum.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  /** Native code is taken from beside the jar, as it is where Hardwire is installed. */
  private static void copyNative(Path directory) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("native"));
    for (Path file : files(Path.of("src/main/resources/dev/hardwire/os"))) {
      Path copy = folder.resolve(file.getFileName());
      Files.write(copy, Files.readAllBytes(file));
      copy.toFile().setWritable(true, true);
    }
  }
}
