package dev.hardwire.live.guests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Patched programs on real kernels: each guest runs every program with a policy that comes to it in
 * every way; then there is a test for each of them.
 */
@Execution(ExecutionMode.CONCURRENT)
@TestMethodOrder(GuestOrder.class)
class GuestTest {
  /** Exit status of {@code moved-table} where AT_PHDR does not point to its program headers. */
  private static final int WRONG_TABLE = 8;

  /**
   * The cells that run in the guests of the usual profile: each way, each architecture and each
   * kind of program, built for the purpose and real.
   */
  private static final Map<Guest, Set<String>> SAMPLES =
      Map.of(
          Guest.UML_5_10,
          Set.of(
              "amd64 plain-pie init",
              "amd64 plain-nonpie post-init",
              "amd64 relr-pie first",
              "amd64 no-init-array-pie needed",
              "amd64 plain-static-pie init",
              "amd64 busybox-static entry",
              "amd64 bash preload"),
          Guest.AARCH64,
          Set.of(
              "arm64 no-init-array-pie init",
              "arm64 bti-pie init",
              "arm64 plain-static-pie post-init",
              "arm64 cat first",
              "arm64 cat needed",
              "armhf ctors-static entry",
              "armhf ctors-static launcher",
              "armhf arm-mode-pie preload"));

  /** The guest of which each cell is patched even if a sample runs, for the table. */
  private static final Guest PATCHED = Guest.UML_5_10;

  /** The libraries that programs of the samples need. */
  private static final List<String> LIBRARIES = List.of("ld-*", "libc.so.6", "libtinfo.so.6*");

  private static final Map<Guest, CompletableFuture<Run>> RUNS = new ConcurrentHashMap<>();

  @TempDir static Path folder;

  /** A guest that has run its commands. */
  private record Run(GuestFolder folder, List<GuestCell> cells, boolean hasTable) {}

  @TestFactory
  @Tag("long")
  Stream<DynamicTest> linux510() {
    return tests(Guest.LINUX_5_10);
  }

  @TestFactory
  Stream<DynamicTest> userModeLinux() {
    return tests(Guest.UML_5_10);
  }

  @TestFactory
  @Tag("long")
  Stream<DynamicTest> newest() {
    return tests(Guest.NEWEST);
  }

  @TestFactory
  Stream<DynamicTest> aarch64() {
    return tests(Guest.AARCH64);
  }

  @TestFactory
  @Tag("long")
  Stream<DynamicTest> riscv64() {
    return tests(Guest.RISCV64);
  }

  @TestFactory
  @Tag("long")
  Stream<DynamicTest> ppc64el() {
    return tests(Guest.PPC64EL);
  }

  @TestFactory
  @Tag("long")
  Stream<DynamicTest> ppc64el64k() {
    return tests(Guest.PPC64EL_64K);
  }

  @TestFactory
  @Tag("long")
  Stream<DynamicTest> s390x() {
    return tests(Guest.S390X);
  }

  @TestFactory
  @Tag("long")
  Stream<DynamicTest> loong64() {
    return tests(Guest.LOONG64);
  }

  /** Every cell of the guests of which each run has a sample. */
  @TestFactory
  @Tag("long")
  Stream<DynamicTest> wholeSamples() {
    Map<Guest, CompletableFuture<Run>> runs = new EnumMap<>(Guest.class);
    SAMPLES.keySet().forEach(guest -> runs.put(guest, start(guest, false)));
    return runs.entrySet().stream().flatMap(run -> tests(run.getKey(), run.getValue().join()));
  }

  /** The guests boot beside each other, and beside other tests. */
  private static Stream<DynamicTest> tests(Guest guest) {
    GuestOrder.together(guest).forEach(other -> RUNS.computeIfAbsent(other, GuestTest::start));
    return tests(guest, RUNS.computeIfAbsent(guest, GuestTest::start).join());
  }

  private static Stream<DynamicTest> tests(Guest guest, Run run) {
    List<DynamicTest> all = new ArrayList<>();
    all.add(dynamicTest(guest + " kernel", () -> checkKernel(guest, run.folder())));
    if (run.hasTable()) {
      all.add(dynamicTest(guest + " table", () -> checkTable(guest, run.cells())));
    }
    if (guest == RestrictedGuestTest.TOGETHER) {
      all.add(
          dynamicTest(
              guest + " restrictions", () -> RestrictedGuestTest.check(guest, run.folder())));
    }
    run.cells().stream()
        .filter(cell -> cell.isRun() || cell.isRefused())
        .forEach(cell -> all.add(dynamicTest(guest + " " + cell, cell::check)));
    return all.stream();
  }

  private static CompletableFuture<Run> start(Guest guest) {
    return start(guest, SAMPLES.containsKey(guest));
  }

  private static CompletableFuture<Run> start(Guest guest, boolean isSample) {
    CompletableFuture<Run> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(run(guest, isSample));
              } catch (IOException | RuntimeException | Error e) {
                result.completeExceptionally(e);
              }
            },
            guest.toString());
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  private static Run run(Guest guest, boolean isSample) throws IOException {
    GuestFolder.get(guest);
    Path parent = Files.createDirectory(folder.resolve(isSample ? guest + "-sample" : guest.id()));
    GuestFolder shared = new GuestFolder(guest, parent, isSample ? 1 : guest.machines());
    boolean hasTable = !isSample || guest == PATCHED;
    Files.writeString(shared.file("policy.yaml"), GuestCell.policy());
    List<GuestCell> cells = new ArrayList<>();
    for (String architecture : guest.architectures()) {
      GuestWays ways = new GuestWays(architecture, shared);
      for (GuestProgram program : GuestPrograms.of(guest, architecture)) {
        List<GuestCell> own = new ArrayList<>();
        for (Way way : ways.of(program)) {
          boolean isRun = !isSample || SAMPLES.get(guest).contains(program + " " + way);
          if (isRun || hasTable) {
            own.add(new GuestCell(program, way, ways, shared, isRun));
          }
        }
        if (own.stream().anyMatch(GuestCell::isRun)) {
          addOriginal(program, shared);
        }
        if (hasTable) {
          ways.checkAutomatic(program, own);
        }
        cells.addAll(own);
      }
    }
    if (guest.architectures().contains("amd64")) {
      shared.copy(Fixtures.tool("moved-table"), "moved-table");
      shared.run("moved-table", List.of("/t/moved-table"));
    }
    if (guest == RestrictedGuestTest.TOGETHER) {
      RestrictedGuestTest.addTo(guest, shared);
    }
    if (isSample) {
      assertThat(cells.stream().filter(GuestCell::isRun).map(GuestCell::toString))
          .containsExactlyInAnyOrderElementsOf(SAMPLES.get(guest));
      Files.write(shared.file("libraries"), LIBRARIES);
    }
    shared.boot();
    return new Run(shared, cells, hasTable);
  }

  private static void addOriginal(GuestProgram program, GuestFolder guest) {
    String name = GuestCell.original(program);
    guest.copy(program.file(), name);
    guest.run(name, List.of("/t/" + name), program.arguments());
    if (!program.status().isEmpty()) {
      guest.run(name + ".status", List.of("/t/" + name), program.status());
    }
  }

  private static void checkTable(Guest guest, List<GuestCell> cells) {
    List<String> rows = new ArrayList<>();
    for (List<Way> ways : List.of(Way.hooks(), Way.others())) {
      for (String architecture : guest.architectures()) {
        List<SupportTable.Entry> entries =
            cells.stream()
                .filter(cell -> cell.program().architecture().equals(architecture))
                .map(GuestCell::entry)
                .toList();
        rows.addAll(SupportTable.rows(guest.id(), architecture, entries, ways, guest.test()));
      }
    }
    assertThat(SupportTable.documented(guest.test())).as("rows in docs/support.md").isEqualTo(rows);
  }

  private static void checkKernel(Guest guest, GuestFolder shared) {
    assertThat(shared.kernel()).startsWith(guest.release());
    if (guest.architectures().contains("amd64")) {
      boolean wrong = shared.outcome("moved-table").status() == WRONG_TABLE;
      assertThat(wrong).as("AT_PHDR from e_phoff").isEqualTo(guest.hasOldPhdrRule());
    }
  }
}
