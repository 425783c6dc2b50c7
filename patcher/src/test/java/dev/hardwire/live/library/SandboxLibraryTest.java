package dev.hardwire.live.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Expected;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shared library by itself: what tools say of it, and what it does when it is preloaded. */
class SandboxLibraryTest {
  private static final int ELF_MAGIC = 0x464c457f;

  @TempDir private Path folder;

  private Path library(Object... options) {
    Path library = folder.resolve("libsandbox.so");
    List<Object> words = new ArrayList<>(List.of("library", "-o", library));
    for (Object option : options) {
      words.addAll(option instanceof List<?> list ? list : List.of(option));
    }
    Outcome outcome = Cli.run(words);
    outcome.succeeds();
    return library;
  }

  private static Outcome preloaded(Path library, Object... command) {
    return Programs.run(Map.of("LD_PRELOAD", library.toString()), command);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--deny=uname",
        "--require-policy",
        "--allow-unconfined",
        "--soname=libother.so",
        "--arch=i386"
      })
  void toolsFindNoFault(String option) {
    Path library = library(option);
    OurFiles.toolsFindNoFault(library);
    String dynamic = Programs.output("readelf", "-dW", library);
    assertThat(dynamic).contains("(SONAME)", "(INIT)", "(HASH)", "(GNU_HASH)");
    assertThat(dynamic).doesNotContain("(NEEDED)", "(TEXTREL)");
    assertThat(Programs.output("readelf", "-lW", library))
        .containsPattern("GNU_STACK .* RW ")
        .doesNotContain("RWE");
  }

  @Test
  void theSonameIsTheFileNameUnlessGiven() {
    assertThat(Programs.output("readelf", "-dW", library())).contains("[libsandbox.so]");
    assertThat(Programs.output("readelf", "-dW", library("--soname", "libother.so.1")))
        .contains("[libother.so.1]");
  }

  @Test
  void theSamePolicyMakesTheSameLibrary() throws IOException {
    byte[] first = Files.readAllBytes(library("--deny", "uname"));
    assertThat(Files.readAllBytes(library("--deny", "uname"))).isEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gcc-pie",
        "gcc-nonpie",
        "musl-pie",
        "cxx-pie",
        "lib-thread-pie",
        "go-cgo",
        "i386-pie"
      })
  void aBuiltInPolicyConfinesWhatLoadsIt(String name) {
    Path program = Fixtures.named(name).path();
    List<String> machine = List.of("--arch", Fixtures.named(name).machine());
    Outcome denied = preloaded(library(Policies.UNAME_ERRNO, machine), program);
    assertThat(denied.out()).contains("main uname=errno 100\n");
    Outcome status = preloaded(library(Policies.ALLOW_ALL, machine), program, "status");
    Outcome plain = Programs.run(program, "status");
    assertThat(status.out()).isEqualTo(Expected.confinedStatus(plain.out()));
    assertThat(status.out()).contains("\nSeccomp: 2\n");
  }

  @Test
  void aStubInTheProgramIsAPolicy() {
    Path wired = folder.resolve("wired");
    Path program = Fixtures.named("gcc-pie").path();
    Cli.run("patch", Policies.UNAME_ERRNO, "-o", wired, program);
    assertThat(preloaded(library("--require-policy"), wired)).isEqualTo(Programs.run(wired));
  }

  @Test
  void forAllProgramsThroughLdSoPreload() {
    String script = "grep -q 'Seccomp:.2' /proc/self/status || exit 98; uname; exit $?";
    Outcome outcome = preloadedForAll(library("--deny", "uname"), script);
    outcome.endsWith(Programs.KILLED_BY_SIGSYS);
    assertThat(Path.of("/etc/ld.so.preload")).doesNotExist();
  }

  @Test
  void throughLdSoPreloadTheVariablesDecideAndWithoutThemNothingStarts() {
    String refused = "hardwire: the program has no policy, so it was not started\n";
    assertThat(preloadedForAll(library(), "/bin/true; echo $?; exec uname"))
        .isEqualTo(new Outcome(126, "126\n", refused.repeat(2)));
    Outcome some =
        preloadedForAll(
            library("--allow-unconfined"), "uname; SECCOMP_SYSCALL_DENY=uname uname; exit $?");
    some.endsWith(Programs.KILLED_BY_SIGSYS);
    assertThat(some.out()).isEqualTo("Linux\n");
    Outcome wrong = preloadedForAll(library(), "SECCOMP_SYSCALL_DENY=unmae uname; exit $?");
    assertThat(wrong.status()).isEqualTo(126);
    assertThat(wrong.err()).contains("unknown system call \"unmae\"");
  }

  /** A shell that is there already runs a script, in a mount namespace of its own. */
  private static Outcome preloadedForAll(Path library, String script) {
    String setUp =
        """
        mount -t tmpfs none /mnt && cp -a /etc/. /mnt && echo %s > /mnt/ld.so.preload || exit 99
        mount --bind /mnt /etc || exit 97
        """
            .formatted(library);
    return Programs.run("unshare", "-m", "sh", "-c", setUp + script);
  }

  /** What the documentation warns of: LD_PRELOAD does not fail closed. */
  @Test
  void aPreloadedLibraryForAnotherMachineIsIgnored() throws IOException {
    Path library = library(Policies.UNAME_KILLS);
    byte[] foreign = Files.readAllBytes(library);
    foreign[0x12] = (byte) 183; // e_machine: aarch64
    Files.write(library, foreign);
    Outcome outcome = preloaded(library, "uname");
    assertThat(outcome.out()).isEqualTo("Linux\n");
    assertThat(outcome.err()).contains(library.toString(), "cannot be preloaded");
  }

  /** Every program of a sample says the same version; each needs the library itself. */
  @Test
  void programsOfTheSystemRunAsBefore() throws IOException {
    runAsBefore(8);
  }

  @Test
  @Tag("long")
  void moreProgramsOfTheSystemRunAsBefore() throws IOException {
    runAsBefore(30);
  }

  private void runAsBefore(int programs) throws IOException {
    Path library = library("--require-policy");
    List<Path> sample = sample(programs);
    int compared = 0;
    for (Path program : sample) {
      Path copy = folder.resolve("original").resolve(program.getFileName());
      Path patched = folder.resolve("patched").resolve(program.getFileName());
      Files.createDirectories(patched.getParent());
      Files.createDirectories(copy.getParent());
      Files.copy(program, copy, StandardCopyOption.COPY_ATTRIBUTES);
      Outcome made =
          Cli.run(
              "patch",
              "--deny",
              "uselib",
              "--mode",
              "needed",
              "--library",
              library,
              "-o",
              patched,
              program);
      made.succeeds();
      Outcome before = version(copy);
      if (version(copy).equals(before)) { // else two runs cannot be compared
        assertThat(version(patched)).as(program.toString()).isEqualTo(before);
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(programs * 8 / 10);
  }

  /** Without what is another one in every run: the program's name, process numbers, times. */
  private static Outcome version(Path program) {
    Outcome outcome = Programs.run("timeout", "60", program, "--version");
    return new Outcome(
        outcome.status(),
        outcome.out().replace(program.toString(), "PROGRAM"),
        outcome.err().replace(program.toString(), "PROGRAM").replaceAll("[0-9]+", "N"));
  }

  private static List<Path> sample(int count) throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("/usr/bin"))) {
      files
          .filter(file -> Files.isRegularFile(file, java.nio.file.LinkOption.NOFOLLOW_LINKS))
          .filter(SandboxLibraryTest::isDynamic)
          .sorted()
          .forEach(all::add);
    }
    List<Path> sample = new ArrayList<>();
    for (int i = 0; i < all.size(); i += Math.max(1, all.size() / count)) {
      sample.add(all.get(i));
    }
    return sample;
  }

  /** Whether it is a program of 64 bits, which anyone may run, with a dynamic linker. */
  private static boolean isDynamic(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      if ((int) Files.getAttribute(file, "unix:mode") % 010000 != 0755) {
        return false;
      }
      ByteBuffer start = ByteBuffer.wrap(in.readNBytes(4096)).order(ByteOrder.LITTLE_ENDIAN);
      if (start.limit() < 64 || start.getInt(0) != ELF_MAGIC || start.get(4) != 2) {
        return false;
      }
      int headers = (int) start.getLong(32);
      int size = start.getShort(54);
      return IntStream.range(0, start.getShort(56))
          .map(i -> headers + i * size)
          .anyMatch(at -> start.getInt(at) == 3); // PT_INTERP
    } catch (IOException e) {
      return false;
    }
  }
}
