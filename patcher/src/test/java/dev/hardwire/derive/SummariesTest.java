package dev.hardwire.derive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.module.SummaryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Summaries of libraries change nothing about results, and are made once. */
@Tag("system")
class SummariesTest {
  private static final List<Path> PROGRAMS =
      Stream.of("ls", "tar", "mount").map(name -> Path.of("/usr/bin", name)).toList();

  /** Others, which only the long profile derives. */
  private static final List<Path> MORE =
      Stream.of("curl", "cat", "bash", "su", "perl", "grep", "sed", "find", "dpkg", "gcc")
          .map(name -> Path.of("/usr/bin", name))
          .toList();

  private static final Map<Path, Derivation> PLAIN = new ConcurrentHashMap<>();

  @TempDir private Path folder;

  @BeforeAll
  static void deriveWithoutSummaries() throws IOException {
    deriveWithoutSummaries(PROGRAMS);
  }

  private static void deriveWithoutSummaries(List<Path> programs) throws IOException {
    for (Path program : programs) {
      PLAIN.put(program, new Deriver().derive(program, DeriveOptions.PLAIN));
    }
  }

  /** A store in memory that counts. */
  private static final class Memory implements SummaryStore {
    private final Map<String, byte[]> entries = new ConcurrentHashMap<>();
    private final Map<String, Integer> writes = new ConcurrentHashMap<>();

    @Override
    public Optional<byte[]> read(String name) {
      return Optional.ofNullable(entries.get(name));
    }

    @Override
    public void write(String name, byte[] content) {
      entries.put(name, content);
      writes.merge(name, 1, Integer::sum);
    }

    /** How often each summary of code was written. */
    SortedMap<String, Integer> code() {
      SortedMap<String, Integer> found = new TreeMap<>(writes);
      found.keySet().removeIf(name -> !name.endsWith(".code"));
      return found;
    }
  }

  private FindingsCache cache() {
    return new FindingsCache(folder.resolve("cache"), "1");
  }

  private List<Path> entries(String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
      return files.filter(file -> file.toString().endsWith(ending)).toList();
    }
  }

  /** As a process of its own does, which knows libraries but not the program. */
  private void deriveAlone(Path program, int jobs) throws IOException {
    try (Deriver deriver = new Deriver(jobs, Optional.of(cache()))) {
      assertThat(deriver.derive(program, DeriveOptions.PLAIN)).isEqualTo(PLAIN.get(program));
    }
    for (Path entry : entries(".derived")) {
      Files.delete(entry);
    }
  }

  @Test
  void resultsAreTheSameInAnyOrderAndForTwoJobs() throws IOException {
    deriveInAnyOrder(PROGRAMS, 1, 2, 5);
  }

  @Test
  @Tag("long")
  void resultsAreTheSameInAnyOrderAndForAnyNumberOfJobs() throws IOException {
    deriveWithoutSummaries(MORE);
    deriveInAnyOrder(Stream.concat(PROGRAMS.stream(), MORE.stream()).toList(), 0, 5, 20);
  }

  private void deriveInAnyOrder(List<Path> programs, int first, int end, int least)
      throws IOException {
    List<Path> order = new ArrayList<>(programs);
    for (int round = first; round < end; round++) {
      Collections.shuffle(order, new Random(round));
      for (Path program : order) {
        deriveAlone(program, 1 + round);
      }
    }
    assertThat(entries(".summary")).hasSizeGreaterThan(least);
  }

  @Test
  void eachLibraryIsScannedOnceAndItsFactsOnlyGrow() throws IOException {
    Memory memory = new Memory();
    for (Path program : PROGRAMS) {
      try (Deriver deriver = new Deriver(memory)) {
        assertThat(deriver.derive(program, DeriveOptions.PLAIN)).isEqualTo(PLAIN.get(program));
      }
    }
    assertThat(memory.code())
        .hasSizeGreaterThan(5)
        .allSatisfy((name, count) -> assertThat(count).isOne());
    Map<String, byte[]> before = Map.copyOf(memory.entries);
    Map<String, Integer> writes = Map.copyOf(memory.writes);
    for (Path program : PROGRAMS) {
      try (Deriver deriver = new Deriver(memory)) {
        assertThat(deriver.derive(program, DeriveOptions.PLAIN)).isEqualTo(PLAIN.get(program));
      }
    }
    assertThat(memory.writes).isEqualTo(writes);
    assertThat(memory.entries).isEqualTo(before);
  }

  @Test
  void summariesAreTheSameWhoeverAsksFirst() throws IOException {
    List<Map<String, byte[]>> all = new ArrayList<>();
    for (boolean reverse : new boolean[] {false, true}) {
      List<Path> order = new ArrayList<>(PROGRAMS);
      if (reverse) {
        Collections.reverse(order);
      }
      Memory memory = new Memory();
      for (Path program : order) {
        try (Deriver deriver = new Deriver(memory)) {
          deriver.derive(program, DeriveOptions.PLAIN);
        }
      }
      all.add(memory.entries);
    }
    assertThat(all.get(0).keySet()).isEqualTo(all.get(1).keySet());
    all.get(0)
        .forEach((name, content) -> assertThat(all.get(1).get(name)).as(name).isEqualTo(content));
  }

  @Test
  void damagedSummariesAreAsIfTheyWereNotThere() throws IOException {
    Memory memory = new Memory();
    Path program = PROGRAMS.get(0);
    try (Deriver deriver = new Deriver(memory)) {
      deriver.derive(program, DeriveOptions.PLAIN);
    }
    Map<String, byte[]> good = Map.copyOf(memory.entries);
    for (int left : new int[] {0, 1, 50}) {
      good.forEach(
          (name, content) ->
              memory.entries.put(
                  name, java.util.Arrays.copyOf(content, content.length * left / 100)));
      try (Deriver deriver = new Deriver(memory)) {
        assertThat(deriver.derive(program, DeriveOptions.PLAIN)).isEqualTo(PLAIN.get(program));
      }
      good.forEach(
          (name, content) -> assertThat(memory.entries.get(name)).as(name).isEqualTo(content));
    }
  }

  @Test
  void severalProcessesCanUseOneFolder() throws Exception {
    List<Callable<Void>> works = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      List<Path> order = new ArrayList<>(PROGRAMS);
      Collections.shuffle(order, new Random(i));
      works.add(
          () -> {
            for (Path program : order) {
              try (Deriver deriver = new Deriver(1, Optional.of(cache()))) {
                assertThat(deriver.derive(program, DeriveOptions.PLAIN))
                    .isEqualTo(PLAIN.get(program));
              }
            }
            return null;
          });
    }
    ExecutorService threads = Executors.newFixedThreadPool(works.size());
    try {
      for (Future<Void> work : threads.invokeAll(works)) {
        work.get();
      }
    } finally {
      threads.shutdown();
    }
    for (Path program : PROGRAMS) {
      deriveAlone(program, 1);
    }
    assertThat(entries(".tmp")).isEmpty();
  }
}
