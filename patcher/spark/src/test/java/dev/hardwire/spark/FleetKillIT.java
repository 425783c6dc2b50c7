package dev.hardwire.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that loses a worker at work loses no result. */
@Tag("long")
class FleetKillIT {
  private static final int FILES = 2000;
  private static final long LARGEST = 8 << 20;
  private static final String FINISHED = "Finished task ";

  @TempDir private Path folder;

  /** Programs of Debian, copied as often as it takes. */
  private Path makeTree() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    List<String> programs =
        Programs.output(
                "sh",
                "-c",
                "find /usr/bin /usr/sbin -type f -size -8192k | sort | while read -r f; do"
                    + " [ \"$(head -c 4 \"$f\" | tail -c 3)\" = ELF ] && echo \"$f\"; done; true")
            .lines()
            .toList();
    assertThat(programs).hasSizeGreaterThan(300);
    for (int i = 0; i < FILES; i++) {
      Path program = Path.of(programs.get(i % programs.size()));
      assertThat(Files.size(program)).isLessThanOrEqualTo(LARGEST);
      Files.copy(program, tree.resolve("%04d-%s".formatted(i, program.getFileName())));
    }
    return tree;
  }

  @Test
  void losesNothingWithAWorker() throws Exception {
    Path tree = makeTree();
    Path output = folder.resolve("output");
    Path report = folder.resolve("report.json");
    try (SparkCluster cluster = SparkCluster.start(folder.resolve("cluster"), 2)) {
      SparkCluster.Submission work = cluster.begin("audit", tree, output);
      long finished = 0;
      while (finished < 8 && work.process().isAlive()) {
        Thread.sleep(200);
        finished = Files.readString(work.err()).lines().filter(FleetKillIT::isFinished).count();
      }
      cluster.killWorker();
      Outcome outcome = cluster.finish(work).succeeds();
      assertThat(outcome.err()).contains("Lost executor");
      cluster.submitAlone("report", output, report).succeeds();
    }
    List<JsonObject> rows = ParquetRows.read(output.resolve("rows"));
    Set<String> paths =
        rows.stream()
            .map(row -> row.get("path").getAsString())
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(paths).hasSize(rows.size());
    Path local = folder.resolve("local.json");
    Cli.run("report", "--json", "-o", local, tree);
    assertThat(Files.readString(report).replaceFirst("\"tool\": .*", ""))
        .isEqualTo(FleetIT.withoutScope(Files.readString(local)).replaceFirst("\"tool\": .*", ""));
  }

  private static boolean isFinished(String line) {
    return line.contains(FINISHED);
  }
}
