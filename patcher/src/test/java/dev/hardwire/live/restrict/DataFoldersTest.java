package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.Takes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that keep data work with a folder for it, and with nothing else of the machine. */
@Tag("system")
@Takes(KernelFeature.FILES)
class DataFoldersTest {
  private static final long PATIENCE_SECONDS = 60;

  @TempDir private Path folder;
  private Path data;
  private Path outside;

  @BeforeEach
  void makeFolders() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    data = Files.createDirectories(folder.resolve("data"));
    outside = Files.createDirectories(folder.resolve("outside"));
    for (Path each : List.of(data, outside)) {
      Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxrwxrwx"));
    }
    Files.writeString(outside.resolve("secret"), "secret\n");
  }

  @Test
  void pythonWorksInItsFolder() throws IOException {
    Path python =
        new Restricted(folder)
            .patched(
                Path.of("/usr/bin/python3").toRealPath(),
                """
                landlock:
                  read: [/usr, /proc, %1$s]
                  write: [%1$s]
                """
                    .formatted(data));
    Path script =
        Files.writeString(
            data.resolve("work.py"),
            """
            import errno, os, sqlite3, subprocess, sys, tempfile
            data, outside = sys.argv[1:]
            with sqlite3.connect(os.path.join(data, "db")) as db:
                db.execute("create table t (a)")
                db.executemany("insert into t values (?)", [(i,) for i in range(1000)])
            print(db.execute("select sum(a) from t").fetchone()[0])
            with tempfile.TemporaryDirectory(dir=data) as temporary:
                path = os.path.join(temporary, "x")
                open(path, "w").write("moved")
                os.replace(path, os.path.join(data, "y"))
            print(open(os.path.join(data, "y")).read())
            def attempt(what):
                try:
                    what()
                    print("ok")
                except OSError as e:
                    print(errno.errorcode[e.errno])
            attempt(lambda: open(os.path.join(outside, "secret")))
            attempt(lambda: open(os.path.join(outside, "new"), "w"))
            attempt(lambda: os.remove(os.path.join(outside, "secret")))
            attempt(lambda: os.rename(os.path.join(data, "y"), os.path.join(outside, "y")))
            attempt(lambda: os.listdir("/etc"))
            attempt(lambda: subprocess.run(["/usr/bin/true"]))
            """);
    assertThat(Programs.output(python, "-I", script, data, outside).lines())
        .containsExactly(
            "499500", "moved", "EACCES", "EACCES", "EACCES", "EACCES", "EACCES", "EACCES");
  }

  private static Path postgres() throws IOException {
    try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
      return versions
          .map(version -> version.resolve("bin/postgres"))
          .filter(Files::isExecutable)
          .sorted()
          .reduce((one, other) -> other)
          .orElseThrow();
    }
  }

  /** The server refuses to run as root. */
  private static List<Object> unprivileged(Object... command) {
    List<Object> all =
        new ArrayList<>(
            List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"));
    all.addAll(List.of(command));
    return all;
  }

  private Outcome sql(Path bin, String statement) {
    return Programs.run(
        unprivileged(
                bin.resolve("psql"),
                "-h",
                data,
                "-U",
                "me",
                "-d",
                "postgres",
                "-At",
                "-c",
                statement)
            .toArray());
  }

  @Test
  void postgresServesFromItsFolder() throws Exception {
    Path original = postgres();
    Path bin = original.getParent();
    Path wired =
        new Restricted(folder)
            .patched(
                original,
                """
                landlock:
                  read: [/usr, /etc/passwd, /proc, /dev, %1$s]
                  write: [/dev/shm, /dev/null, %1$s]
                  connect: []
                  bind: []
                  other-sockets: allow
                """
                    .formatted(data));
    Path cluster = data.resolve("cluster");
    Programs.run(
            unprivileged(
                    bin.resolve("initdb"),
                    "-D",
                    cluster,
                    "-U",
                    "me",
                    "-A",
                    "trust",
                    "--no-sync",
                    "--locale=C")
                .toArray())
        .succeeds();
    List<String> command =
        unprivileged("env", "PGDATA=" + cluster, wired, "-k", data, "-c", "listen_addresses=")
            .stream()
            .map(Object::toString)
            .toList();
    Process server =
        Programs.start(Map.of(), command, folder.resolve("out"), folder.resolve("err"));
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (sql(bin, "select 1").status() != 0) {
        assertThat(System.nanoTime()).as(Files.readString(folder.resolve("err"))).isLessThan(end);
        Thread.sleep(200);
      }
      assertThat(sql(bin, "create table t (a int); checkpoint").succeeds().err()).isEmpty();
      sql(bin, "insert into t select generate_series(1, 1000)").succeeds();
      assertThat(sql(bin, "select sum(a) from t").succeeds().out()).isEqualTo("500500\n");
      sql(bin, "copy t to '" + data + "/copy'").succeeds();
      sql(bin, "vacuum full t").succeeds();
      for (String statement :
          List.of(
              "copy t to '" + outside + "/copy'",
              "copy t from '" + outside + "/secret'",
              "select pg_read_file('/etc/hostname')")) {
        assertThat(sql(bin, statement).err()).as(statement).contains("Permission denied");
      }
      assertThat(sql(bin, "copy t from program '/usr/bin/true'").err()).contains("ERROR");
      assertThat(outside.resolve("copy")).doesNotExist();
    } finally {
      server.destroy();
      if (!server.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        server.destroyForcibly();
      }
    }
  }
}
