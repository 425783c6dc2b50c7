package dev.hardwire.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.CorpusVerdict.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The programs of this system do the same, patched to allow every call, as they did before. Each
 * runs in its place, as a user without rights, in namespaces of its own. {@code target/corpus.txt}
 * tells what became of each.
 */
class SystemCorpusTest {
  private static final Path REPORT = Path.of("target/corpus.txt");
  private static final int SAMPLE = 150;

  @TempDir private Path folder;

  @Test
  void programsOfASampleRunAsBefore() throws Exception {
    check(Corpus.sample(SAMPLE));
  }

  @Test
  @Tag("long")
  void allProgramsRunAsBefore() throws Exception {
    check(Corpus.all());
  }

  @Test
  void aProgramThatDoesNotRunAsBeforeIsNoticed() throws IOException {
    List<String> silent = List.of("--deny", "write", "--default-action", "errno:EIO");
    CorpusVerdict verdict = verdict(Path.of("/usr/bin/uname"), silent, script());
    assertThat(verdict.kind()).isEqualTo(Kind.BROKEN);
    assertThat(verdict.detail()).startsWith("--version: Outcome[status=");
  }

  private void check(List<Path> programs) throws Exception {
    List<CorpusVerdict> verdicts = verdicts(programs, script());
    Files.createDirectories(REPORT.toAbsolutePath().getParent());
    Files.writeString(REPORT, report(verdicts));
    assertThat(verdicts).hasSizeGreaterThan(SAMPLE / 2);
    assertThat(verdicts.stream().filter(v -> v.kind() == Kind.BROKEN)).isEmpty();
    assertThat(verdicts.stream().filter(v -> v.kind() == Kind.SAME).count())
        .isGreaterThan(verdicts.size() * 8 / 10);
  }

  private Path script() throws IOException {
    Path script = folder.resolve("in-its-place.sh");
    try (InputStream in = SystemCorpusTest.class.getResourceAsStream("in-its-place.sh")) {
      Files.copy(in, script);
    }
    return script;
  }

  private List<CorpusVerdict> verdicts(List<Path> programs, Path script) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Future<CorpusVerdict>> futures = new ArrayList<>();
      for (Path program : programs) {
        futures.add(pool.submit(() -> verdict(program, Policies.ALLOW_ALL, script)));
      }
      List<CorpusVerdict> verdicts = new ArrayList<>();
      for (Future<CorpusVerdict> future : futures) {
        verdicts.add(future.get());
      }
      return verdicts;
    } finally {
      pool.shutdownNow();
    }
  }

  private CorpusVerdict verdict(Path program, List<String> policy, Path script) throws IOException {
    Path own = Files.createTempDirectory(folder, "program");
    try {
      return new CorpusCheck(program, policy, own, script).verdict();
    } finally {
      Files.deleteIfExists(own.resolve("patched"));
      Files.delete(own);
    }
  }

  private static String report(List<CorpusVerdict> verdicts) {
    StringBuilder text = new StringBuilder("%5d programs\n".formatted(verdicts.size()));
    for (Kind kind : Kind.values()) {
      long count = verdicts.stream().filter(v -> v.kind() == kind).count();
      text.append("%5d %s\n".formatted(count, kind.text()));
    }
    return text.append(
            Arrays.stream(Kind.values())
                .filter(kind -> kind != Kind.SAME)
                .flatMap(kind -> verdicts.stream().filter(v -> v.kind() == kind))
                .map(v -> "%s: %s %s\n".formatted(v.kind().text(), v.program(), v.detail()))
                .collect(Collectors.joining()))
        .toString();
  }
}
