package dev.hardwire.spark;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.hardwire.spark.files.OutputLock;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Work on a cluster of Spark gives what the local commands give. */
@Execution(ExecutionMode.CONCURRENT)
class FleetIT {
  private static final Pattern MADE =
      Pattern.compile("^hardwire: summaries of (\\d+) libraries were made$", Pattern.MULTILINE);

  @TempDir private static Path shared;
  private static SparkCluster cluster;

  @TempDir private Path folder;
  private Path tree;
  private Path debianPackage;
  private Path image;
  private Path list;
  private Path manifest;

  @BeforeAll
  static void startCluster() throws Exception {
    cluster = SparkCluster.start(shared.resolve("cluster"), 1);
  }

  @AfterAll
  static void stopCluster() throws IOException {
    cluster.close();
  }

  @BeforeEach
  void makeInputs() throws IOException {
    tree = Files.createDirectories(folder.resolve("tree"));
    Path bin = Files.createDirectories(tree.resolve("bin"));
    Files.copy(Path.of("/usr/bin/uname"), bin.resolve("uname"));
    Files.createLink(bin.resolve("z"), bin.resolve("uname"));
    Files.copy(Fixtures.named("gcc-static").path(), tree.resolve("static"));
    Cli.ok("patch", "--deny", "ptrace", "-o", bin.resolve("wired"), "/usr/bin/true");
    FleetInputs.damagedProgram(bin.resolve("damaged"));
    Files.writeString(tree.resolve("notes"), "no program\n");
    debianPackage =
        FleetInputs.debianPackage(
            folder.resolve("package"), folder.resolve("sample_1.0-1_amd64.deb"));
    image = FleetInputs.image(folder.resolve("image"));
    list =
        Files.writeString(
            folder.resolve("list"),
            "%s\n%s\n%s\n%s\n".formatted(tree, debianPackage, image, folder.resolve("gone")));
    manifest = FleetInputs.manifest(folder.resolve("settings"));
  }

  private Map<String, JsonObject> rows(Path output) throws IOException {
    return ParquetRows.by("path", ParquetRows.read(output.resolve("rows")));
  }

  @Test
  void derivesWhatTheLocalCommandDerives() throws Exception {
    Path output = folder.resolve("output");
    Outcome first = cluster.submit("derive", list, output).succeeds();
    assertThat(first.out())
        .isEqualTo("7 executables\n2 not readable\n4 not hard-wired\n1 confined\n");
    Map<String, JsonObject> rows = rows(output);
    Path uname = tree.resolve("bin/uname");
    String inPackage = debianPackage + ":/usr/bin/sample";
    String inImage = image + ":/usr/bin/uname";
    assertThat(rows.keySet())
        .containsExactlyInAnyOrder(
            uname.toString(),
            tree.resolve("bin/wired").toString(),
            tree.resolve("bin/damaged").toString(),
            tree.resolve("static").toString(),
            folder.resolve("gone").toString(),
            inPackage,
            inImage);
    assertThat(rows.get(uname.toString()).get("derived_policy").getAsString())
        .isEqualTo(Cli.ok("derive", "--no-cache", uname).out());
    assertThat(rows.get(uname.toString()).get("derived_policy_sha256").getAsString()).hasSize(64);
    assertThat(rows.get(inImage).get("derived_calls"))
        .isEqualTo(rows.get(uname.toString()).get("derived_calls"));
    assertThat(rows.get(inImage).get("closure"))
        .isEqualTo(rows.get(uname.toString()).get("closure"));
    assertThat(ParquetRows.read(output.resolve("summaries/programs"))).hasSize(4);
    assertThat(rows.get(inPackage).get("package").getAsString()).isEqualTo("sample");
    assertThat(rows.get(inPackage).get("sha256").getAsString())
        .isEqualTo(Programs.output("sha256sum", "/usr/bin/id").substring(0, 64));
    assertThat(rows.get(inPackage).get("build_id").getAsString()).hasSize(40);
    JsonObject gone = rows.get(folder.resolve("gone").toString());
    assertThat(gone.get("error").getAsString()).isEqualTo("no such file or directory");
    assertThat(rows.get(tree.resolve("bin/wired").toString()).get("verified").getAsBoolean())
        .isTrue();
    assertThat(rows.get(tree.resolve("bin/damaged").toString()).get("derive_error").getAsString())
        .isNotEmpty();
    summarisesEachLibraryOnce(output, first);
    reportsTheSame(output);
  }

  private static long made(Outcome outcome) {
    Matcher matcher = MADE.matcher(outcome.err());
    assertThat(matcher.find()).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  /** The summaries of libraries' code, by the SHA-256 of the libraries. */
  private static Map<String, Path> summaries(Path output) throws IOException {
    try (Stream<Path> files = Files.walk(output.resolve("summaries/libraries"))) {
      return files
          .filter(file -> file.toString().endsWith(".code"))
          .collect(
              Collectors.toMap(file -> file.getFileName().toString().substring(0, 64), f -> f));
    }
  }

  private void summarisesEachLibraryOnce(Path output, Outcome outcome) throws IOException {
    Set<String> needed = new TreeSet<>();
    for (JsonObject row : rows(output).values()) {
      if (row.has("libraries") && row.get("libraries").isJsonArray()) {
        row.getAsJsonArray("libraries")
            .forEach(one -> needed.add(one.getAsJsonObject().get("sha256").getAsString()));
      }
    }
    assertThat(needed).hasSizeGreaterThan(3);
    assertThat(summaries(output).keySet()).isEqualTo(needed);
    assertThat(made(outcome)).isEqualTo(needed.size());
  }

  private void reportsTheSame(Path output) throws Exception {
    Path report = folder.resolve("report.json");
    cluster.submitAlone("report", output, report).succeeds();
    Outcome local = Cli.run("report", "--json", tree, debianPackage, image, folder.resolve("gone"));
    assertThat(Files.readString(report).replaceFirst("\"tool\": .*", ""))
        .isEqualTo(withoutScope(local.out()).replaceFirst("\"tool\": .*", ""));
    Cli.ok("report", "--compare", report, "--json", tree);
  }

  /** Rows do not know which files a local command would have named. */
  static String withoutScope(String report) {
    return report.replaceFirst("(?s)\"scope\": \\{.*?\\n\\}", "\"scope\": null");
  }

  @Tag("long")
  @Test
  void derivesOnlyWhatIsNew() throws Exception {
    Path output = folder.resolve("output");
    cluster.grow(2);
    Outcome first = cluster.submit("derive", list, output).succeeds();
    summarisesEachLibraryOnce(output, first);
    Path changed = tree.resolve("static");
    Files.copy(Path.of("/usr/bin/id"), tree.resolve("bin/new"));
    Files.delete(changed);
    Files.copy(Path.of("/usr/bin/yes"), changed); // of "true", a hard-wired copy is known
    Files.delete(tree.resolve("bin/damaged"));
    Files.delete(folder.resolve("list"));
    Files.writeString(list, "%s\n%s\n%s\n".formatted(tree, debianPackage, image));
    Map<Path, byte[]> damaged = new HashMap<>(); // all that the new program needs
    JsonObject uname = rows(output).get(tree.resolve("bin/uname").toString());
    for (JsonElement library : uname.getAsJsonArray("libraries")) {
      String sha256 = library.getAsJsonObject().get("sha256").getAsString();
      Path summary = summaries(output).get(sha256);
      byte[] good = Files.readAllBytes(summary);
      damaged.put(summary, good.clone());
      good[good.length / 2] ^= 1;
      Files.write(summary, damaged.size() == 1 ? new byte[5] : good);
    }
    assertThat(damaged).hasSize(2);
    Outcome outcome = cluster.submitAlone("derive", list, output).succeeds();
    assertThat(made(outcome)).isEqualTo(2);
    damaged.forEach((summary, good) -> assertThat(summary).hasBinaryContent(good));
    Set<String> worked =
        ParquetRows.read(output.resolve("state")).stream()
            .filter(record -> record.get("run").getAsLong() == 1)
            .map(record -> record.get("source").getAsString())
            .collect(Collectors.toSet());
    assertThat(worked)
        .containsExactlyInAnyOrder(changed.toString(), tree.resolve("bin/new").toString());
    Map<String, JsonObject> rows = rows(output);
    assertThat(rows).hasSize(6).doesNotContainKey(tree.resolve("bin/damaged").toString());
    assertThat(rows.get(changed.toString()).get("derived_policy").getAsString())
        .isEqualTo(Cli.ok("derive", "--no-cache", changed).out());
    // The new file is the program in the package.
    assertThat(ParquetRows.read(output.resolve("summaries/programs"))).hasSize(5);
  }

  @Tag("long")
  @Test
  void noticesAnotherManifestOfTheSameFolder() throws Exception {
    Path output = folder.resolve("output");
    Path other =
        Files.writeString(
            manifest.resolveSibling("other.yaml"),
            Files.readString(manifest).replace("*/uname", "bin/z"));
    cluster.submitAlone("apply", "--manifest", manifest, tree, output).succeeds();
    String uname = tree.resolve("bin/uname").toString();
    assertThat(rows(output).get(uname).get("output").getAsString()).endsWith("/files/bin/uname");
    Path wired = tree.resolve("bin/wired");
    Files.delete(wired);
    Files.writeString(wired, "#!/bin/sh\n");
    cluster.submitAlone("apply", "--manifest", other, tree, output).succeeds();
    Map<String, JsonObject> rows = rows(output);
    assertThat(rows.get(uname).get("output").getAsString()).endsWith("/files/bin/z");
    assertThat(rows).doesNotContainKey(wired.toString());
  }

  @Test
  void writesTheBytesOfTheLocalCommand() throws Exception {
    Path output = folder.resolve("output");
    writes(cluster.submitAlone("apply", "--manifest", manifest, list, output), output);
  }

  @Tag("long")
  @Test
  void writesThemOnTheWorkersToo() throws Exception {
    Path output = folder.resolve("output");
    cluster.grow(2);
    writes(cluster.submit("apply", "--manifest", manifest, list, output), output);
  }

  private void writes(Outcome outcome, Path output) throws IOException {
    outcome.succeeds();
    assertThat(outcome.out()).contains("4 confined");
    Path local = Files.createDirectories(folder.resolve("local"));
    List<Object> apply = List.of("apply", "--allow-unmatched", manifest, "--root");
    Cli.ok(apply, tree, "--output-dir", local.resolve("tree"));
    Cli.ok(apply, debianPackage, "--output", local.resolve("deb"));
    // By the jar, whose version is in the image.
    Cli.script().call(apply, image, "--output", local.resolve("image")).succeeds();
    Path files = output.resolve("files");
    assertThat(files.resolve("bin/uname")).has(sameBytesAs(local.resolve("tree/bin/uname")));
    Path patchedPackage = files.resolve(debianPackage.toString().substring(1));
    assertThat(patchedPackage).has(sameBytesAs(local.resolve("deb")));
    assertThat(
            Programs.output(
                "diff", "-r", files.resolve(image.getFileName()), local.resolve("image")))
        .isEmpty();
    JsonObject row = rows(output).get(tree.resolve("bin/uname").toString());
    assertThat(row.get("result").getAsString()).isEqualTo("patched");
    assertThat(row.get("output").getAsString()).endsWith("/files/bin/uname");
    assertThat(row.get("sha256").getAsString())
        .isEqualTo(Programs.output("sha256sum", files.resolve("bin/uname")).substring(0, 64));
    assertThat(row.get("original_sha256").getAsString())
        .isEqualTo(Programs.output("sha256sum", "/usr/bin/uname").substring(0, 64));
    assertThat(Programs.run(files.resolve("bin/uname")).err()).contains("Network is down");
  }

  @Tag("long")
  @Test
  void aFullDiskIsOneClearErrorAndNoRow() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Path output = disk.resolve("output");
    Programs.output("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk);
    try {
      Outcome full = cluster.submitAlone("audit", tree, output);
      full.endsWith(6);
      assertThat(full.err().lines().filter(line -> line.startsWith("hardwire: ")))
          .containsExactly(
              "hardwire: file:"
                  + output
                  + ": not finished: No space left on device; what was done is kept, run again to"
                  + " continue");
      assertThat(output.resolve("rows")).doesNotExist();
      assertThat(output.resolve(OutputLock.NAME)).doesNotExist();
      Programs.output("mount", "-o", "remount,size=16m", disk);
      cluster.submitAlone("audit", tree, output).succeeds();
      assertThat(rows(output)).hasSize(4);
    } finally {
      Programs.output("umount", disk);
    }
  }
}
