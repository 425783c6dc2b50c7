package dev.hardwire.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.Origin;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.report.model.Scope;
import dev.hardwire.report.read.ProgramReader;
import dev.hardwire.report.write.SqliteWriter;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Databases, as SQLite reads them. */
@Tag("system")
public class SqliteWriterTest {
  @TempDir private Path folder;

  /** What SQLite answers, with a space between columns. */
  public static String asked(Path database, String query) {
    return Programs.output(
            "python3",
            "-Ic",
            """
            import sqlite3, sys
            base = sqlite3.connect(sys.argv[1])
            assert base.execute("pragma integrity_check").fetchall() == [("ok",)]
            for row in base.execute(sys.argv[2]):
                print(*row)
            """,
            database,
            query)
        .strip();
  }

  @Test
  void programsAreRows() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    for (String name : List.of("date", "uname", "id")) {
      Files.copy(Path.of("/usr/bin", name), tree.resolve(name));
    }
    Cli.ok("patch", "--preset", "no-exec", "--in-place", tree.resolve("date"));
    Path database = folder.resolve("audit.db");
    Cli.ok("report", "--sqlite", "-o", database, tree);
    assertThat(
            asked(
                database,
                "select substr(path, -4), status, verified, policy, json_array_length(findings) > 0"
                    + " from rows where verified"))
        .isEqualTo("date confined 1 no-exec 1");
    assertThat(
            asked(
                database,
                "select count(*), sum(json_valid(program_json)), sum(length(sha256)), count(policy)"
                    + " from rows"))
        .isEqualTo("3 3 192 1");
    assertThat(Cli.run("report", "--sqlite", tree).err()).contains("--sqlite requires -o FILE");
  }

  /** Two levels of pages above the leaves; one row is longer than some pages. */
  @Test
  void thereMayBeManyRowsAndLongOnes() throws IOException {
    List<ProgramView> programs = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      String reason = i == 1_000 ? "x".repeat(20_000) : "it is number " + i;
      programs.add(ProgramReader.unreadable(Origin.of("/p" + i), reason));
    }
    for (int size : List.of(0, 1, 3, 2_000)) {
      Path database =
          Files.write(
              folder.resolve(size + ".db"),
              SqliteWriter.of(
                      AuditReport.of("", Optional.empty(), Scope.NONE, programs.subList(0, size)))
                  .toArray());
      String longest = size == 0 ? " None" : size == 2_000 ? " 20000" : " 14";
      assertThat(asked(database, "select count(distinct path), max(length(error)) from rows"))
          .isEqualTo(size + longest);
    }
  }
}
