package dev.hardwire.derive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.module.SummaryStore;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Programs;
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

  /** A library that another one needs, with functions whose arguments choose calls. */
  private static final String INNER =
      """
      #include <dlfcn.h>
      #include <sys/prctl.h>
      #include <unistd.h>
      void *volatile kept;
      void *find(const char *name) { return dlsym(RTLD_DEFAULT, name); }
      long call(long number) { return syscall(number) + 1; }
      int option(int what) { return prctl(what, kept) + 1; }
      int unused(void) { return getpgid(0); }
      """;

  private static final String OUTER =
      """
      void *find(const char *name);
      long call(long number);
      void *found(void) { return find("getppid"); }
      long through(long number) { return call(number) + 1; }
      """;

  private static final Map<String, String> SOURCES =
      Map.of(
          "first", "long through(long); int main(void) { return through(39); }",
          "second", "int option(int); int main(void) { return option(3) + option(15); }",
          "third",
              "void *found(void); long call(long); int main(void) { return call(102) + !found(); }");

  private static final Map<Path, Derivation> PLAIN = new ConcurrentHashMap<>();

  /** Programs of musl, with three libraries. */
  private static final List<Path> SMALL = new ArrayList<>();

  @TempDir private static Path built;

  @TempDir private Path folder;

  @BeforeAll
  static void buildPrograms() throws IOException {
    Path inner = compile("libinner.so", INNER, "-shared", "-fPIC");
    Path outer = compile("libouter.so", OUTER, "-shared", "-fPIC", inner);
    for (Map.Entry<String, String> source : new TreeMap<>(SOURCES).entrySet()) {
      SMALL.add(compile(source.getKey(), source.getValue(), outer, inner, "-Wl,-rpath," + built));
    }
    deriveWithoutSummaries(SMALL);
  }

  private static Path compile(String name, String code, Object... options) throws IOException {
    Path source = Files.writeString(built.resolve(name + ".c"), code);
    Path made = built.resolve(name);
    Programs.output(
        "musl-gcc", "-O1", "-fno-use-linker-plugin", "-o", made, source, List.of(options));
    return made;
  }

  private static void deriveWithoutSummaries(List<Path> programs) throws IOException {
    for (Path program : programs) {
      if (!PLAIN.containsKey(program)) {
        PLAIN.put(program, Derivers.SHARED.derive(program, DeriveOptions.PLAIN));
      }
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
    deriveInAnyOrder(SMALL, 0, 3, 2);
  }

  @Test
  @Tag("long")
  void resultsAreTheSameInAnyOrderAndForAnyNumberOfJobs() throws IOException {
    deriveInAnyOrder(Stream.concat(PROGRAMS.stream(), MORE.stream()).toList(), 0, 5, 20);
  }

  private void deriveInAnyOrder(List<Path> programs, int first, int end, int least)
      throws IOException {
    deriveWithoutSummaries(programs);
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
    scan(SMALL, 2);
  }

  @Test
  @Tag("long")
  void eachLibraryOfTheSystemIsScannedOnceAndItsFactsOnlyGrow() throws IOException {
    deriveWithoutSummaries(PROGRAMS);
    scan(PROGRAMS, 5);
  }

  private void scan(List<Path> programs, int least) throws IOException {
    Memory memory = new Memory();
    for (Path program : programs) {
      try (Deriver deriver = new Deriver(memory)) {
        assertThat(deriver.derive(program, DeriveOptions.PLAIN)).isEqualTo(PLAIN.get(program));
      }
    }
    assertThat(memory.code())
        .hasSizeGreaterThan(least)
        .allSatisfy((name, count) -> assertThat(count).isOne());
    Map<String, byte[]> before = Map.copyOf(memory.entries);
    Map<String, Integer> writes = Map.copyOf(memory.writes);
    for (Path program : programs) {
      try (Deriver deriver = new Deriver(memory)) {
        assertThat(deriver.derive(program, DeriveOptions.PLAIN)).isEqualTo(PLAIN.get(program));
      }
    }
    assertThat(memory.writes).isEqualTo(writes);
    assertThat(memory.entries).isEqualTo(before);
  }

  @Test
  void summariesAreTheSameWhoeverAsksFirst() throws IOException {
    askInBothOrders(SMALL);
  }

  @Test
  @Tag("long")
  void summariesOfTheSystemAreTheSameWhoeverAsksFirst() throws IOException {
    deriveWithoutSummaries(PROGRAMS);
    askInBothOrders(PROGRAMS);
  }

  private void askInBothOrders(List<Path> programs) throws IOException {
    List<Map<String, byte[]>> all = new ArrayList<>();
    for (boolean reverse : new boolean[] {false, true}) {
      List<Path> order = new ArrayList<>(programs);
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
    damage(SMALL);
  }

  @Test
  @Tag("long")
  void damagedSummariesOfTheSystemAreAsIfTheyWereNotThere() throws IOException {
    deriveWithoutSummaries(PROGRAMS);
    damage(PROGRAMS);
  }

  private void damage(List<Path> programs) throws IOException {
    Memory memory = new Memory();
    Path program = programs.get(0);
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
    useOneFolder(SMALL);
  }

  @Test
  @Tag("long")
  void severalProcessesCanUseOneFolderForTheSystem() throws Exception {
    deriveWithoutSummaries(PROGRAMS);
    useOneFolder(PROGRAMS);
  }

  private void useOneFolder(List<Path> programs) throws Exception {
    List<Callable<Void>> works = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      List<Path> order = new ArrayList<>(programs);
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
    for (Path program : programs) {
      deriveAlone(program, 1);
    }
    assertThat(entries(".tmp")).isEmpty();
  }
}
