package dev.hardwire.live.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.corpus.CorpusVerdict.Kind;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
 * The programs of this system do the same, patched to allow every call, as they did before, and do
 * nothing if no call is allowed. Each runs in its place, as a user without rights, in namespaces of
 * its own. {@code target/corpus.txt}, {@code target/corpus-first.txt} and {@code
 * target/corpus-needed.txt} tell what became of each.
 */
class SystemCorpusTest {
  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final List<String> STUB = List.of();
  private static final List<String> FIRST = List.of("--hook", "first");
  private static final int SAMPLE = 8;

  @TempDir private Path folder;

  @Test
  void programsOfASampleRunAsBefore() throws Exception {
    check(Corpus.sample(SAMPLE), STUB, "corpus.txt");
  }

  @Test
  void programsOfASampleRunAsBeforeFromTheFirstInstruction() throws Exception {
    check(Corpus.sample(SAMPLE / 4), FIRST, "corpus-first.txt");
  }

  @Test
  @Tag("long")
  void allProgramsRunAsBeforeFromTheFirstInstruction() throws Exception {
    check(Corpus.all(), FIRST, "corpus-first.txt");
  }

  @Test
  @Tag("long")
  void allProgramsRunAsBefore() throws Exception {
    check(Corpus.all(), STUB, "corpus.txt");
  }

  @Test
  @Tag("long")
  void allProgramsRunAsBeforeWithTheLibrary() throws Exception {
    // Not in /tmp, which the programs do not see.
    Path shared = Files.createTempDirectory(Path.of("/var/tmp"), "hardwire");
    Path library = shared.resolve("libsandbox.so");
    try {
      Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxr-xr-x"));
      Outcome written = Cli.run("library", "--require-policy", "-o", library);
      written.succeeds();
      List<String> needed = List.of("--mode", "needed", "--library", library.toString());
      check(Corpus.all(), needed, "corpus-needed.txt");
    } finally {
      Files.deleteIfExists(library);
      Files.delete(shared);
    }
  }

  @Test
  void aProgramThatDoesNotRunAsBeforeIsNoticed() throws IOException {
    List<String> killing = List.of("--deny", "close");
    CorpusVerdict verdict = verdict(Path.of("/usr/bin/uname"), STUB, killing, script());
    assertThat(verdict.kind()).isEqualTo(Kind.BROKEN);
    assertThat(verdict.detail()).startsWith("--version: Outcome[status=");
  }

  private void check(List<Path> programs, List<String> mode, String report) throws Exception {
    List<CorpusVerdict> verdicts = verdicts(programs, mode, script());
    Files.createDirectories(TARGET);
    Files.writeString(TARGET.resolve(report), report(verdicts));
    assertThat(programs).hasSizeGreaterThanOrEqualTo(SAMPLE / 4);
    assertThat(verdicts).hasSizeGreaterThanOrEqualTo(programs.size() / 2);
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

  private List<CorpusVerdict> verdicts(List<Path> programs, List<String> mode, Path script)
      throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Future<CorpusVerdict>> futures = new ArrayList<>();
      for (Path program : programs) {
        futures.add(pool.submit(() -> verdict(program, mode, Policies.ALLOW_ALL, script)));
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

  private CorpusVerdict verdict(Path program, List<String> mode, List<String> policy, Path script)
      throws IOException {
    Path own = Files.createTempDirectory(folder, "program");
    try {
      return new CorpusCheck(program, mode, policy, own, script).verdict();
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
