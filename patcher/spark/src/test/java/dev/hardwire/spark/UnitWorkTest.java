package dev.hardwire.spark;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.policy.PolicyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The record of a unit, and what decides that the work on it is done anew. */
class UnitWorkTest {
  @TempDir private Path folder;
  private Path tree;
  private Path output;
  private Path manifest;

  @BeforeEach
  void makeInputs() throws IOException {
    tree = Files.createDirectories(folder.resolve("tree"));
    output = folder.resolve("output");
    Path settings = Files.createDirectories(folder.resolve("settings"));
    manifest = manifest(settings.resolve("manifest.yaml"), "*/uname");
  }

  private static Path manifest(Path file, String pattern) throws IOException {
    return Files.writeString(
        file,
        """
        version: 1
        files:
          - match: "%s"
            preset: no-exec
        """
            .formatted(pattern));
  }

  private FleetSettings apply(Path file) throws IOException {
    return FleetSettings.read(FleetOptions.Command.APPLY, List.of(), file, "file:" + output);
  }

  private FleetUnit unit(String relative, String... others) {
    return new FleetUnit(
        tree.resolve(relative).toString(),
        "file:" + tree.resolve(relative),
        relative,
        false,
        false,
        List.of(others).stream().map(other -> tree.resolve(other).toString()).toList(),
        "",
        "");
  }

  private static Optional<Row> record(FleetSettings settings, FleetUnit unit, String known)
      throws IOException {
    UnitWork.Task task = new UnitWork.Task(unit, known);
    try (UnitWork work = UnitWork.start(settings, new Configuration(), 0)) {
      return work.record(task);
    }
  }

  private static Row[] rows(Row record) {
    return (Row[]) record.get(RowSchema.STATE.fieldIndex(RowSchema.ROWS));
  }

  private static String digest(Row record) {
    return record.getString(RowSchema.STATE.fieldIndex(RowSchema.SOURCE_SHA256));
  }

  private static String column(Row row, String name) {
    return row.getString(RowSchema.ROW.fieldIndex(name));
  }

  @Test
  void allNamesOfAPatchedFileAreWritten() throws IOException {
    Path bin = Files.createDirectories(tree.resolve("bin"));
    Files.copy(Path.of("/usr/bin/uname"), bin.resolve("arch"));
    Files.createLink(bin.resolve("uname"), bin.resolve("arch"));
    FleetUnit unit = unit("bin/arch", "bin/uname");
    Path both = manifest(manifest.resolveSibling("both.yaml"), "bin/*");
    Row record = record(apply(both), unit, null).orElseThrow();
    assertThat(column(rows(record)[0], "result")).isEqualTo("patched");
    assertThat(output.resolve("files/bin/arch"))
        .has(sameBytesAs(output.resolve("files/bin/uname")));
    assertThat(record(apply(both), unit, digest(record))).isEmpty();
    // As in the local command, a pattern may match one of the names only.
    Files.delete(output.resolve("files/bin/arch"));
    Files.delete(output.resolve("files/bin/uname"));
    Row one = rows(record(apply(manifest), unit, null).orElseThrow())[0];
    assertThat(column(one, "output")).endsWith("/files/bin/uname");
    assertThat(output.resolve("files/bin/uname")).exists();
    assertThat(output.resolve("files/bin/arch")).doesNotExist();
    Files.delete(output.resolve("files/bin/uname"));
    Path first = manifest(manifest.resolveSibling("first.yaml"), "*/arch");
    assertThat(column(rows(record(apply(first), unit, null).orElseThrow())[0], "output"))
        .endsWith("/files/bin/arch");
    assertThat(output.resolve("files/bin/uname")).doesNotExist();
  }

  @Test
  void whatCouldNotBeWrittenIsTriedAgain() throws IOException {
    Path bin = Files.createDirectories(tree.resolve("bin"));
    Files.copy(Path.of("/usr/bin/uname"), bin.resolve("uname"));
    Path blocked = Files.createFile(Files.createDirectories(output).resolve("files"));
    Row failed = record(apply(manifest), unit("bin/uname"), null).orElseThrow();
    assertThat(column(rows(failed)[0], "status")).isEqualTo("unreadable");
    assertThat(digest(failed)).isNull();
    Files.delete(blocked);
    Row again = record(apply(manifest), unit("bin/uname"), "").orElseThrow();
    assertThat(column(rows(again)[0], "result")).isEqualTo("patched");
    assertThat(digest(again)).hasSize(64);
  }

  @Test
  void rowsOfAFileThatIsNoProgramAnyMoreGo() throws IOException {
    Files.writeString(tree.resolve("script"), "#!/bin/sh\n");
    FleetSettings audit =
        FleetSettings.read(FleetOptions.Command.AUDIT, List.of(), null, "file:" + output);
    for (String known : List.of("", "0".repeat(64))) { // by other settings, or of other content
      assertThat(rows(record(audit, unit("script"), known).orElseThrow())).isEmpty();
    }
    assertThat(record(audit, unit("script"), null)).isEmpty();
  }

  @Test
  void anotherManifestOrPathIsAnotherWork() throws IOException {
    Path other = manifest(manifest.resolveSibling("other.yaml"), "*/date");
    FleetUnit unit = unit("bin/uname");
    assertThat(apply(manifest).key(unit)).isEqualTo(apply(manifest).key(unit));
    assertThat(apply(other).key(unit)).isNotEqualTo(apply(manifest).key(unit));
    FleetUnit below =
        new FleetUnit(unit.name(), unit.location(), "uname", false, false, List.of(), "", "");
    assertThat(apply(manifest).key(below)).isNotEqualTo(apply(manifest).key(unit));
  }

  private Path withPolicy(String policy, String signing) throws IOException {
    return Files.writeString(
        manifest.resolveSibling("named.yaml"),
        """
        version: 1
        files:
          - match: bin/uname
            policy: %s
            signing: %s
        """
            .formatted(policy, signing));
  }

  @Test
  void policiesAreInTheFolderOfTheManifest() throws IOException {
    String text = "version: 1\ndefault: allow\nrules:\n  - errno ENETDOWN: [uname]\n";
    Path elsewhere = Files.writeString(folder.resolve("p.yaml"), text);
    Path beside =
        Files.writeString(
            Files.createDirectory(manifest.resolveSibling("sub")).resolve("p.yaml"), text);
    for (String name :
        List.of(elsewhere.toString(), "../p.yaml", beside.toString(), "sub", "gone.yaml")) {
      Path named = withPolicy(name, "false");
      assertThatThrownBy(() -> apply(named))
          .isInstanceOf(PolicyException.class)
          .hasMessageStartingWith(named + ":4:13: executors get only the files in the manifest's")
          .hasMessageContaining("\"" + name + "\"");
    }
    String before = apply(withPolicy("sub/p.yaml", "false")).digest();
    Files.writeString(beside, text + "no_new_privs: true\n");
    assertThat(apply(withPolicy("./sub/p.yaml", "false")).digest()).isNotEqualTo(before);
  }

  @Test
  void anotherKeyIsAnotherWork() throws IOException {
    Files.writeString(manifest.resolveSibling("p.yaml"), "version: 1\n");
    Path key = Files.writeString(folder.resolve("key.pem"), "first");
    Path named = withPolicy("p.yaml", "{key: %s}".formatted(key));
    String before = apply(named).digest();
    assertThat(apply(named).digest()).isEqualTo(before);
    Files.writeString(key, "second");
    assertThat(apply(named).digest()).isNotEqualTo(before);
    Files.delete(key);
    assertThatThrownBy(() -> apply(named))
        .hasMessageContaining("which must be here and on all nodes: no such file or directory");
    Path above = withPolicy("p.yaml", "{key: ../key.pem}");
    assertThatThrownBy(() -> apply(above)).hasMessageContaining("or give an absolute path");
    apply(withPolicy("p.yaml", "{key: 'pkcs11:token=a;object=b', pkcs11_module: /usr/lib/m.so}"));
  }
}
