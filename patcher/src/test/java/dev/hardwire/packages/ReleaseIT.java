package dev.hardwire.packages;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.docs.LibraryProgram;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script that makes a release, run in a clone, and what its users do with the result. */
@Tag("long")
@Timeout(7_200) // of each step; making two releases takes a quarter of an hour
class ReleaseIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String HOME = "https://example.org/hardwire";
  private static final String MAINTAINER = "Release Test <release@example.org>";

  @TempDir private static Path folder;
  private static Path publisher;
  private static Path clone;
  private static Path release;
  private static String version;
  private static Map<String, String> gpg;

  @BeforeAll
  @Timeout(7_200)
  static void make() throws IOException {
    gpg = Map.of("GNUPGHOME", Programs.output("mktemp", "-d", "-p", folder).strip());
    Programs.run(
            gpg,
            "gpg",
            "--batch",
            "--passphrase",
            "",
            "--quick-generate-key",
            MAINTAINER,
            "ed25519",
            "sign",
            "never")
        .succeeds();
    publisher =
        Files.writeString(
            folder.resolve("publisher"),
            """
            home: %s
            maintainer: %s
            security: security@example.org
            key: release@example.org
            """
                .formatted(HOME, MAINTAINER));
    clone = folder.resolve("clone");
    release = released(ROOT, clone);
    Matcher found =
        Pattern.compile("\\n {2}<version>(.*)</version>")
            .matcher(Files.readString(clone.resolve("pom.xml")));
    assertThat(found.find()).isTrue();
    version = found.group(1);
  }

  /** Makes a release in a clone. */
  private static Path released(Path repository, Path place) throws IOException {
    Programs.output("git", "clone", "-q", repository, place);
    command(gpg, place, "sh", "patcher/src/build/release.sh", NewJdk.find(), publisher);
    return place.resolve("patcher/target/release");
  }

  /** What only the publisher knows is asked for before anything is built. */
  @Test
  void nothingIsMadeForNobody() throws IOException {
    Outcome refused =
        Programs.run("sh", ROOT.resolve("patcher/src/build/release.sh"), NewJdk.find());
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("publisher: fill in home, maintainer and security");
  }

  /** But for signatures, which have the time, and their sums. */
  @Test
  void theSameCommitGivesTheSameBytes() throws IOException {
    Path again = released(clone, folder.resolve("again"));
    Map<String, String> first = sums(release);
    Map<String, String> second = sums(again);
    first.keySet().removeIf(ReleaseIT::hasTime);
    second.keySet().removeIf(ReleaseIT::hasTime);
    assertThat(second).isEqualTo(first).hasSizeGreaterThan(20);
  }

  private static boolean hasTime(String file) {
    return file.contains(".asc"); // also its sums
  }

  /** Which file of a release has which SHA-256. */
  private static Map<String, String> sums(Path place) throws IOException {
    Map<String, String> sums = new TreeMap<>();
    for (String line : Files.readAllLines(place.resolve("SHA256SUMS"))) {
      String[] words = line.split("  ", 2);
      sums.put(words[1], words[0]);
    }
    return sums;
  }

  private static String provenance() {
    return "hardwire-" + version + "-provenance.json";
  }

  private static Path tarball() {
    String machine = Programs.output("uname", "-m").strip();
    return release.resolve("hardwire-" + version + "-linux-" + machine + ".tar.gz");
  }

  @Test
  void theProvenanceNamesCommitAndFiles() throws IOException {
    command(gpg, release, "gpg", "--verify", provenance() + ".asc", provenance());
    JsonObject statement =
        JsonParser.parseString(Files.readString(release.resolve(provenance()))).getAsJsonObject();
    Map<String, String> subjects = new TreeMap<>();
    for (JsonElement subject : statement.getAsJsonArray("subject")) {
      JsonObject one = subject.getAsJsonObject();
      subjects.put(
          one.get("name").getAsString(), one.getAsJsonObject("digest").get("sha256").getAsString());
    }
    Map<String, String> listed = sums(release);
    listed.keySet().removeIf(file -> hasTime(file) || file.equals(provenance()));
    assertThat(subjects).isEqualTo(listed);
    JsonObject predicate = statement.getAsJsonObject("predicate");
    String commit = Programs.output("git", "-C", clone, "rev-parse", "HEAD").strip();
    assertThat(predicate.getAsJsonObject("buildDefinition").get("resolvedDependencies").toString())
        .isEqualTo(
            "[{\"uri\":\"git+%s\",\"digest\":{\"gitCommit\":\"%s\"}}]".formatted(HOME, commit));
    assertThat(predicate.getAsJsonObject("runDetails").toString())
        .contains("\"mailto:release@example.org\"");
  }

  /** In a new system of Debian: the tarball where there is no Java, then the packages. */
  @Test
  void tarballAndPackagesStart() throws IOException {
    String suite = Programs.output("sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME").strip();
    Path root = folder.resolve("root");
    command(Map.of(), folder, ROOT.resolve("fixtures/debian-root.sh"), suite, root);
    assertThat(root.resolve("usr/bin/java")).doesNotExist();
    Programs.output("tar", "-C", root.resolve("opt"), "-xf", tarball());
    String name = tarball().getFileName().toString().replace(".tar.gz", "");
    confines(root, "/opt/" + name + "/bin/hardwire");

    String debian = version.replace("-SNAPSHOT", "~SNAPSHOT");
    String deb = "hardwire_" + debian + "_all.deb";
    Programs.output("cp", release.resolve(deb), root);
    in(root, "chroot", root, "sh", "-c", "apt-get -q update && apt-get -qy install ./" + deb);
    confines(root, "hardwire");
    in(root, "chroot", root, "apt-get", "-qy", "purge", "hardwire");
    assertThat(root.resolve("usr/bin/hardwire")).doesNotExist();

    Path rpm = release.resolve("hardwire-" + debian + "-1.noarch.rpm");
    in(root, "rpm", "--root", root, "--nodeps", "--install", rpm); // Java is there by apt
    confines(root, "hardwire");
    in(root, "rpm", "--root", root, "--nodeps", "--erase", "hardwire");
    assertThat(root.resolve("usr/bin/hardwire")).doesNotExist();
  }

  /** Does in a root what a user does first. */
  private static void confines(Path root, String hardwire) throws IOException {
    String work =
        """
        cd "$(mktemp -d)"
        "$1" patch --preset no-exec -o tar-wired /usr/bin/tar
        "$1" verify --preset no-exec --original /usr/bin/tar tar-wired
        ./tar-wired -cf notes.tar /etc/hostname && ./tar-wired -tf notes.tar
        ! ./tar-wired -czf notes.tar.gz /etc/hostname
        """;
    assertThat(in(root, "chroot", root, "sh", "-exc", work, "sh", hardwire))
        .contains("tar-wired: hook init, ", "  verified\n", "etc/hostname", "signal 31");
  }

  /** Runs a command with the root's /proc, and gives its output. */
  private static String in(Path root, Object... words) throws IOException {
    String script = "mount -t proc proc \"$1/proc\" && shift && exec \"$@\"";
    return command(
        Map.of("LC_ALL", "C.UTF-8", "DEBIAN_FRONTEND", "noninteractive", "TMPDIR", "/tmp"),
        folder,
        Stream.concat(Stream.of("unshare", "-m", "sh", "-c", script, "sh", root), Stream.of(words))
            .toArray());
  }

  @Test
  void theImagePatchesAMountedProgram() throws IOException {
    Path image = release.resolve(tarball().getFileName().toString().replace(".tar.gz", "-oci.tar"));
    Path layout = folder.resolve("layout");
    Programs.output("skopeo", "copy", "-q", "oci-archive:" + image, "oci:" + layout + ":tested");
    Path bundle = folder.resolve("bundle");
    Programs.output("umoci", "unpack", "--image", layout + ":tested", bundle);
    Path work = Files.createDirectory(folder.resolve("work"));
    Programs.output("cp", "/usr/bin/uname", work);
    RuntimeIT.contained(bundle, work, "patch", "--deny", "uname", "-o", "wired", "uname");
    assertThat(RuntimeIT.contained(bundle, work, "verify", "--original", "uname", "wired"))
        .endsWith("  verified\n");
    Programs.run(work.resolve("wired")).endsWith(Programs.KILLED_BY_SIGSYS);
  }

  /** Runs a program that takes longer than others of the tests, and gives its output. */
  private static String command(Map<String, String> environment, Path directory, Object... words)
      throws IOException {
    Path output = Files.createTempFile(folder, "output", "");
    ProcessBuilder builder =
        new ProcessBuilder(Programs.strings(words))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = Programs.start(builder);
    try {
      assertThat(process.waitFor(1, TimeUnit.HOURS)).as("%s", List.of(words)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    String text = Files.readString(output);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  @Test
  void everyFileIsListedAndTheListIsSigned() throws IOException {
    command(Map.of(), release, "sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS");
    Set<String> listed = sums(release).keySet();
    Set<String> present = new TreeSet<>();
    try (Stream<Path> files = Files.walk(release)) {
      files
          .filter(Files::isRegularFile)
          .map(file -> release.relativize(file).toString())
          .filter(name -> !name.startsWith("SHA256SUMS"))
          .forEach(present::add);
    }
    assertThat(listed).isEqualTo(present);
    command(gpg, release, "gpg", "--verify", "SHA256SUMS.asc", "SHA256SUMS");
    String tarball = tarball().getFileName().toString();
    String debian = version.replace("-SNAPSHOT", "~SNAPSHOT");
    assertThat(listed)
        .contains(
            "changelog.md",
            provenance(),
            provenance() + ".asc",
            "hardwire_" + debian + "_all.deb",
            "hardwire-" + debian + "-1.noarch.rpm",
            tarball,
            tarball.replace(".tar.gz", "-oci.tar"),
            "hardwire-spark-" + version + ".jar",
            "hardwire-" + version + "-components.json");
    Path deb = release.resolve("hardwire_" + debian + "_all.deb");
    assertThat(Programs.output("dpkg-deb", "--field", deb, "Maintainer").strip())
        .isEqualTo(MAINTAINER);
  }

  @Test
  void theComponentsAreThoseOfTheJar() throws IOException {
    Path file = release.resolve("hardwire-" + version + "-components.json");
    JsonObject bom = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    assertThat(bom.get("bomFormat").getAsString()).isEqualTo("CycloneDX");
    Set<String> names = new TreeSet<>();
    for (JsonElement component : bom.getAsJsonArray("components")) {
      assertThat(component.getAsJsonObject().get("purl").getAsString()).startsWith("pkg:maven/");
      names.add(component.getAsJsonObject().get("name").getAsString());
    }
    assertThat(names)
        .contains(
            "hardwire",
            "jelf-parser",
            "kaitai-struct-runtime",
            "picocli",
            "snakeyaml-engine",
            "gson",
            "aircompressor",
            "xz",
            "bcpkix-jdk18on",
            "bcprov-jdk18on")
        .doesNotContain("junit-jupiter", "assertj-core", "jazzer");
  }

  @Test
  void theRepositoryHasWhatMavenCentralAsksFor() throws IOException {
    for (String artifact : List.of("hardwire", "hardwire-spark", "jelf-parser")) {
      Path place = release.resolve("maven/dev/hardwire/" + artifact + "/" + version);
      for (String kind : List.of(".jar", "-sources.jar", "-javadoc.jar", ".pom")) {
        String name = artifact + "-" + version + kind;
        command(gpg, place, "gpg", "--verify", name + ".asc", name);
        assertThat(place.resolve(name + ".sha1")).exists();
        assertThat(place.resolve(name + ".md5")).exists();
      }
    }
    Path library = release.resolve("maven/dev/hardwire/hardwire/" + version);
    String jar = "hardwire-" + version;
    assertThat(contents(library.resolve(jar + "-sources.jar")))
        .contains("dev/hardwire/Hardwire.java");
    assertThat(contents(library.resolve(jar + "-javadoc.jar")))
        .anyMatch(name -> name.endsWith("dev/hardwire/Hardwire.html"));
    Path parent =
        release.resolve(
            "maven/dev/hardwire/hardwire-parent/%1$s/hardwire-parent-%1$s.pom".formatted(version));
    assertThat(Files.readString(parent))
        .contains("<project.home>" + HOME + "</project.home>")
        .contains("<name>", "<description>", "<url>", "<license>", "<developer>", "<scm>");
  }

  private static List<String> contents(Path jar) {
    return Programs.output("unzip", "-Z1", jar).lines().toList();
  }

  /** In an empty local repository; other libraries come from the one that the build has filled. */
  @Test
  void aSmallProjectIsBuiltWithTheLibrary() throws IOException {
    Path project = Files.createDirectory(folder.resolve("project"));
    Path sources = Files.createDirectories(project.resolve("src/main/java"));
    Files.writeString(sources.resolve("Confine.java"), LibraryProgram.read());
    Path filled = Path.of(System.getProperty("user.home"), ".m2/repository");
    Files.writeString(
        project.resolve("settings.xml"),
        """
        <settings>
          <mirrors>
            <mirror><id>filled</id><mirrorOf>central</mirrorOf><url>%s</url></mirror>
          </mirrors>
        </settings>
        """
            .formatted(filled.toUri()));
    Files.writeString(
        project.resolve("pom.xml"),
        """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>org.example</groupId>
          <artifactId>confine</artifactId>
          <version>1</version>
          <properties>
            <maven.compiler.release>17</maven.compiler.release>
            <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
          </properties>
          <repositories>
            <repository><id>release</id><url>%s</url></repository>
          </repositories>
          <dependencies>
            <dependency>
              <groupId>dev.hardwire</groupId>
              <artifactId>hardwire</artifactId>
              <version>%s</version>
            </dependency>
          </dependencies>
          <build>
            <plugins>
              %s
              %s
              %s
            </plugins>
          </build>
        </project>
        """
            .formatted(
                release.resolve("maven").toUri(),
                version,
                plugin("org.apache.maven.plugins", "maven-resources-plugin"),
                plugin("org.apache.maven.plugins", "maven-compiler-plugin"),
                plugin("org.codehaus.mojo", "exec-maven-plugin")));
    Path empty = project.resolve("repository");
    for (Path jdk : List.of(Cli.home(), NewJdk.find())) {
      Path patched = project.resolve("patched");
      String output =
          command(
              Map.of("JAVA_HOME", jdk.toString()),
              project,
              "mvn",
              "-q",
              "-B",
              "-s",
              "settings.xml",
              "-Dmaven.repo.local=" + empty,
              "compile",
              "exec:java",
              "-Dexec.mainClass=Confine",
              "-Dexec.args=/bin/uname " + patched);
      assertThat(output).contains("patched: hook init, verified true\n");
      assertThat(empty.resolve("dev/hardwire/hardwire/" + version)).isDirectory();
      assertThat(Programs.run(patched).err()).contains("Operation not permitted");
      Files.delete(patched);
    }
  }

  /** A plug-in in the version that the build uses, which it has downloaded. */
  private static String plugin(String group, String artifact) throws IOException {
    Matcher found =
        Pattern.compile("<artifactId>" + artifact + "</artifactId>\\s*<version>(.*?)</version>")
            .matcher(Files.readString(ROOT.resolve("pom.xml")));
    assertThat(found.find()).as(artifact).isTrue();
    return "<plugin><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></plugin>"
        .formatted(group, artifact, found.group(1));
  }
}
