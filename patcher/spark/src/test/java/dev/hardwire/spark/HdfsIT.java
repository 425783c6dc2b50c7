package dev.hardwire.spark;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.hardwire.spark.files.OutputLock;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Input and output in HDFS: a name node and a data node. */
@Tag("long")
class HdfsIT {
  private static final short ALL = 0777;

  @TempDir private static Path shared;
  private static MiniDFSCluster hdfs;
  private static FileSystem files;
  private static SparkCluster cluster;

  @TempDir private Path folder;
  private Path local;
  private Path manifest;

  @BeforeAll
  static void startClusters() throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, shared.resolve("hdfs").toString());
    hdfs = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
    hdfs.waitActive();
    files = hdfs.getFileSystem();
    files.mkdirs(path("/open"));
    files.setPermission(path("/open"), new FsPermission(ALL));
    cluster = SparkCluster.start(shared.resolve("cluster"), 2);
  }

  @AfterAll
  static void stopClusters() throws IOException {
    cluster.close();
    hdfs.close();
  }

  @BeforeEach
  void upload() throws Exception {
    local = makeInput();
    files.delete(path("/archive"), true);
    files.copyFromLocalFile(path(local.toString()), path("/archive"));
    files.setPermission(path("/archive/bin/uname"), new FsPermission((short) 0750));
    cluster.become(System.getProperty("user.name"));
  }

  /** A program, another in a package, one in an image, a damaged one, and a text. */
  private Path makeInput() throws IOException {
    Path root = Files.createDirectory(folder.resolve("input"));
    Path bin = Files.createDirectory(root.resolve("bin"));
    Files.copy(Path.of("/usr/bin/uname"), bin.resolve("uname"));
    FleetInputs.damagedProgram(bin.resolve("damaged"));
    Files.writeString(root.resolve("notes"), "no program\n");
    FleetInputs.image(root.resolve("image"));
    FleetInputs.debianPackage(folder.resolve("package"), root.resolve("sample.deb"));
    manifest = FleetInputs.manifest(folder.resolve("settings"));
    return root;
  }

  private static org.apache.hadoop.fs.Path path(String text) {
    return new org.apache.hadoop.fs.Path(text);
  }

  private String uri(String name) {
    return hdfs.getURI() + name;
  }

  /** A copy of what is in HDFS. */
  private Path fetch(String name) throws IOException {
    Path copy = Files.createTempDirectory(folder, "copy").resolve("copy");
    files.copyToLocalFile(path(name), path(copy.toString()));
    try (Stream<Path> all = Files.walk(copy)) {
      for (Path sums : all.filter(file -> file.toString().endsWith(".crc")).toList()) {
        Files.delete(sums);
      }
    }
    return copy;
  }

  private Map<String, JsonObject> rows(String output) throws IOException {
    return ParquetRows.by("path", ParquetRows.read(fetch(output + "/rows")));
  }

  @Test
  void inputAndOutputInHdfs() throws Exception {
    Outcome first = cluster.submit("audit", uri("/archive"), uri("/audit")).succeeds();
    assertThat(first.out()).isEqualTo("4 executables\n1 not readable\n3 not hard-wired\n");
    assertThat(rows("/audit"))
        .containsOnlyKeys(
            uri("/archive/bin/uname"),
            uri("/archive/bin/damaged"),
            uri("/archive/sample.deb:/usr/bin/sample"),
            uri("/archive/image:/usr/bin/uname"));
    cluster.submitAlone("report", uri("/audit"), uri("/report.json")).succeeds();
    assertThat(Files.readString(fetch("/report.json"))).contains("\"not-hard-wired\": 3");

    cluster.submit("apply", "--manifest", manifest, uri("/archive"), uri("/wired")).succeeds();
    comparesWithTheLocalCommand();
    assertThat(files.getFileStatus(path("/wired/files/bin/uname")).getPermission().toShort())
        .isEqualTo((short) 0750);

    files.delete(path("/archive/bin/damaged"), false);
    files.copyFromLocalFile(path("/usr/bin/true"), path("/archive/bin/true"));
    cluster.submitAlone("audit", uri("/archive"), uri("/audit")).succeeds();
    assertThat(rows("/audit")).hasSize(4).containsKey(uri("/archive/bin/true"));
    assertThat(ParquetRows.read(fetch("/audit/state")))
        .filteredOn(record -> record.get("run").getAsLong() == 1)
        .extracting(record -> record.get("source").getAsString())
        .containsExactly(uri("/archive/bin/true"));
    assertThat(files.exists(path("/audit/" + OutputLock.NAME))).isFalse();
  }

  private void comparesWithTheLocalCommand() throws IOException {
    Path wired = fetch("/wired/files");
    Path expected = Files.createDirectory(folder.resolve("expected"));
    List<Object> apply = List.of("apply", "--allow-unmatched", manifest, "--root");
    Cli.ok(apply, local, "--output-dir", expected.resolve("tree"));
    assertThat(Programs.output("ls", wired)).isEqualTo("bin\nimage\nsample.deb\n");
    Cli.ok(apply, local.resolve("sample.deb"), "--output", expected.resolve("sample.deb"));
    Cli.script()
        .call(apply, local.resolve("image"), "--output", expected.resolve("image"))
        .succeeds();
    assertThat(Programs.output("diff", "-r", wired.resolve("image"), expected.resolve("image")))
        .isEmpty();
    assertThat(wired.resolve("sample.deb")).has(sameBytesAs(expected.resolve("sample.deb")));
    assertThat(wired.resolve("bin/uname")).has(sameBytesAs(expected.resolve("tree/bin/uname")));
    Map<String, JsonObject> rows = rows("/wired");
    JsonObject row = rows.get(uri("/archive/bin/uname"));
    assertThat(row.get("result").getAsString()).isEqualTo("patched");
    assertThat(row.get("output").getAsString()).isEqualTo(uri("/wired/files/bin/uname"));
  }

  @Test
  void whatMayNotBeReadOrWrittenIsAnErrorOfOneLine() throws Exception {
    files.setPermission(path("/archive/bin/uname"), new FsPermission((short) 0600));
    cluster.become("nobody");
    Outcome refused = cluster.submitAlone("audit", uri("/archive"), uri("/audit")).endsWith(6);
    assertThat(refused.err().lines().filter(line -> line.startsWith("hardwire: ")))
        .singleElement()
        .asString()
        .startsWith("hardwire: " + uri("/audit: Permission denied: user=nobody, access=WRITE"));
    cluster.submitAlone("audit", uri("/archive"), uri("/open/audit")).succeeds();
    JsonObject row = rows("/open/audit").get(uri("/archive/bin/uname"));
    assertThat(row.get("status").getAsString()).isEqualTo("unreadable");
    assertThat(row.get("error").getAsString()).startsWith("Permission denied: user=nobody");
  }

  @Test
  void oneRunAtATimeWritesToAnOutput() throws IOException {
    org.apache.hadoop.fs.Path output = path(uri("/open/locked"));
    Configuration configuration = files.getConf();
    Duration beat = Duration.ofMillis(500);
    try (OutputLock lock = OutputLock.take(output, configuration, beat)) {
      assertThatThrownBy(() -> OutputLock.take(output, configuration, beat))
          .hasMessageContaining("another run writes to it");
      lock.check();
    }
    OutputLock.take(output, configuration, beat).close();
    assertThat(files.listStatus(output)).isEmpty();
  }
}
