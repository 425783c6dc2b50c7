package dev.hardwire.live.guests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

  /** In each run, one of so many cells runs in the guest; the others are patched only. */
  private static final int STEP = 32;

  private static final Map<Guest, CompletableFuture<Run>> RUNS = new ConcurrentHashMap<>();

  @TempDir static Path folder;

  /** A guest that has run its commands. */
  private record Run(GuestFolder folder, List<GuestCell> cells) {}

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
    return Stream.of(Guest.UML_5_10, Guest.AARCH64).flatMap(GuestTest::tests);
  }

  /** The guests boot beside each other, and beside other tests. */
  private static Stream<DynamicTest> tests(Guest guest) {
    GuestOrder.together(guest).forEach(other -> RUNS.computeIfAbsent(other, GuestTest::start));
    Run run = RUNS.computeIfAbsent(guest, GuestTest::start).join();
    return Stream.concat(
        Stream.of(
            dynamicTest(guest + " kernel", () -> checkKernel(guest, run.folder())),
            dynamicTest(guest + " table", () -> checkTable(guest, run.cells()))),
        run.cells().stream()
            .filter(cell -> cell.isRun() || cell.isRefused())
            .map(cell -> dynamicTest(guest + " " + cell, cell::check)));
  }

  private static CompletableFuture<Run> start(Guest guest) {
    CompletableFuture<Run> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(run(guest));
              } catch (IOException | RuntimeException | Error e) {
                result.completeExceptionally(e);
              }
            },
            guest.toString());
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  private static Run run(Guest guest) throws IOException {
    GuestFolder.get(guest);
    GuestFolder shared = new GuestFolder(guest, Files.createDirectory(folder.resolve(guest.id())));
    Files.writeString(shared.file("policy.yaml"), GuestCell.policy());
    List<GuestCell> cells = new ArrayList<>();
    for (String architecture : guest.architectures()) {
      GuestWays ways = new GuestWays(architecture, shared);
      for (GuestProgram program : GuestPrograms.of(guest, architecture)) {
        addOriginal(program, shared);
        int step = GuestOrder.isSample(guest) ? STEP : 1;
        int first = cells.size();
        List<GuestCell> own = new ArrayList<>();
        for (Way way : ways.of(program)) {
          boolean isRun = (first + own.size()) % step == 0;
          own.add(new GuestCell(program, way, ways, shared, isRun));
        }
        ways.checkAutomatic(program, own);
        cells.addAll(own);
      }
    }
    if (guest.architectures().contains("amd64")) {
      shared.copy(Fixtures.tool("moved-table"), "moved-table");
      shared.run("moved-table", List.of("/t/moved-table"));
    }
    shared.boot();
    return new Run(shared, cells);
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
