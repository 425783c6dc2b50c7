package dev.hardwire.live.derive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.Deriver;
import dev.hardwire.derive.UnknownAnswer;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs do their work under the policy that was derived from their code, which kills. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeriveCircleTest {
  private final Deriver deriver = Derivers.SHARED;

  @TempDir private Path folder;
  private Path data;

  @BeforeEach
  void writeData() throws IOException {
    data = folder.resolve("data");
    if (Files.notExists(data)) {
      Files.createDirectory(data);
      Files.writeString(data.resolve("a.txt"), "gamma\nalpha\nbeta\n");
      Files.writeString(data.resolve("b.txt"), "delta\n");
    }
  }

  /** A copy of a program with its derived policy. */
  private Path wired(Path program, DeriveOptions options) throws IOException {
    Derivation derivation = deriver.derive(program, options);
    assertThat(derivation.unknown()).isEmpty();
    String text = DerivedPolicy.of(derivation, "test", new UnknownAnswer.Refuse(), true).text();
    Path policy = folder.resolve("policy.yaml");
    Files.writeString(policy, text);
    Path wired = folder.resolve(program.getFileName() + "-wired");
    Files.deleteIfExists(wired);
    Cli.ok("patch", "--policy", policy, "-o", wired, program);
    return wired;
  }

  @ParameterizedTest
  @CsvSource({
    "ls,       70, -la DATA",
    "sort,     80, --parallel=2 DATA/a.txt",
    "find,     80, DATA -name *.txt",
  })
  void programsOfTheSystem(String name, int most, String words) throws IOException {
    worksAsBefore(name, most, words);
  }

  @ParameterizedTest
  @Tag("long")
  @CsvSource({
    "tar,      110, -cf /dev/null -C DATA .",
    "true,     40, ''",
    "cat,      60, DATA/a.txt",
    "grep,     60, -rn a DATA",
    "sed,      80, s/a/b/ DATA/a.txt",
    "mawk,     70, {print} DATA/a.txt",
    "gzip,     60, -c DATA/a.txt",
    "date,     60, -u -d @0",
    "wc,       60, DATA/a.txt",
    "sha256sum, 60, DATA/a.txt",
  })
  void moreProgramsOfTheSystem(String name, int most, String words) throws IOException {
    worksAsBefore(name, most, words);
  }

  private void worksAsBefore(String name, int most, String words) throws IOException {
    Path program = Path.of("/usr/bin", name);
    Derivation derivation = deriver.derive(program, DeriveOptions.PLAIN);
    assertThat(derivation.calls()).as(name).hasSizeLessThanOrEqualTo(most);
    Path wired = wired(program, DeriveOptions.PLAIN);
    List<String> arguments = new ArrayList<>();
    for (String word : words.isEmpty() ? new String[0] : words.split(" ", -1)) {
      arguments.add(word.replace("DATA", data.toString()));
    }
    Outcome plain = Programs.run(program, arguments);
    Outcome confined = Programs.run(wired, arguments);
    assertThat(confined.status()).as(confined.toString()).isEqualTo(plain.status());
    assertThat(confined.out()).isEqualTo(plain.out());
  }

  /** From main on, less is allowed than the dynamic linker and constructors need. */
  @ParameterizedTest
  @ValueSource(strings = "ls -la DATA")
  void fromTheFirstInstruction(String command) throws IOException {
    circle(command);
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "cat DATA/a.txt", "wc DATA/a.txt"})
  @Tag("long")
  void othersFromTheFirstInstruction(String command) throws IOException {
    circle(command);
  }

  private void circle(String command) throws IOException {
    List<String> words = Arrays.asList(command.replace("DATA", data.toString()).split(" "));
    Path program = Path.of("/usr/bin", words.get(0));
    Path policy = folder.resolve("first.yaml");
    Path wired = folder.resolve(words.get(0) + "-first");
    CommandLoop.shared()
        .run("derive", "--hook", "first", "--arguments", "-o", policy, program)
        .succeeds();
    String text = Files.readString(policy);
    String main = text.substring(text.indexOf("at: main"));
    assertThat(text).contains("can be reached from the first instruction on.");
    assertThat(text.substring(0, text.indexOf("at: main")))
        .contains("set_tid_address")
        .doesNotContain("execve");
    assertThat(main).doesNotContain("set_tid_address").contains("exit_group");
    Outcome patched = Cli.run("patch", "--hook", "first", "--policy", policy, "-o", wired, program);
    assertThat(patched).isEqualTo(new Outcome(0, patched.out(), ""));
    List<String> rest = words.subList(1, words.size());
    assertThat(Programs.run(wired, rest)).isEqualTo(Programs.run(program, rest));
    Cli.ok("verify", "--policy", policy, "--require-hook", "first", wired);
  }

  @Test
  void onlyDynamicProgramsHaveTheHookFirst() {
    Cli.run("derive", "--hook", "first", Fixtures.named("gcc-static").path())
        .fails(3, "has no dynamic linker");
  }

  /** Everything that a shell starts runs under its policy, from its first instruction on. */
  @Test
  void childrenRunUnderThePolicyOfTheirParent() throws IOException {
    Path program = Path.of("/usr/bin/dash");
    List<Path> children = List.of(Path.of("/usr/bin/cat"), Path.of("/usr/bin/sort"));
    Path wired = wired(program, new DeriveOptions(List.of(), children, false));
    String script = "cat %s/a.txt | sort".formatted(data);
    assertThat(Programs.run(wired, "-c", script).succeeds().out())
        .isEqualTo("alpha\nbeta\ngamma\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcc-pie", "gcc-static", "rust-static-pie", "go-static"})
  void fixtures(String name) throws IOException {
    doesAsBefore(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcc-static-pie", "rust-pie", "go-cgo"})
  @Tag("long")
  void moreFixtures(String name) throws IOException {
    doesAsBefore(name);
  }

  private void doesAsBefore(String name) throws IOException {
    Path program =
        Fixtures.programs().stream()
            .filter(fixture -> fixture.name().equals(name))
            .findFirst()
            .orElseThrow()
            .path();
    Outcome plain = Programs.run(program, Arrays.asList());
    Outcome confined = Programs.run(wired(program, DeriveOptions.PLAIN), List.of());
    assertThat(confined).isEqualTo(plain);
  }

  /** Also if another program led to the same libraries by other paths. */
  @Test
  void theResultIsTheSameEachTime() throws IOException {
    Path program = Path.of("/usr/bin/ls");
    Path library = Path.of("/usr/lib/x86_64-linux-gnu/libselinux.so.1");
    Deriver other = new Deriver();
    other.derive(Path.of("/usr/bin/true"), new DeriveOptions(List.of(library), List.of(), false));
    assertThat(other.derive(program, DeriveOptions.PLAIN))
        .isEqualTo(deriver.derive(program, DeriveOptions.PLAIN));
  }

  /** Under the policy of cat, which does not reach sync(2), sync is killed. */
  @Test
  void whatIsNotReachedKills() throws IOException {
    wired(Path.of("/usr/bin/cat"), DeriveOptions.PLAIN);
    Path sync = folder.resolve("sync-wired");
    Cli.ok("patch", "--policy", folder.resolve("policy.yaml"), "-o", sync, "/usr/bin/sync");
    assertThat(Programs.run("/usr/bin/sync").status()).isZero();
    assertThat(Programs.run(sync).status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
  }
}
