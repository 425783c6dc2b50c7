package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.report.SqliteWriterTest;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policies of several programs by one command. */
@Tag("system")
class DeriveManyTest {
  private static final Path TRUE = Path.of("/usr/bin/true");
  private static final Path ONE = Fixtures.named("musl-static").path();
  private static final Path OTHER = Fixtures.named("musl-static-pie").path();

  @TempDir private Path folder;

  private Outcome derive(Object... words) {
    Object[] all = new Object[words.length + 4];
    System.arraycopy(new Object[] {"derive", "--no-cache", "--output-dir", folder}, 0, all, 0, 4);
    System.arraycopy(words, 0, all, 4, words.length);
    return Cli.run(all);
  }

  @Test
  void eachPolicyIsThatOfTheProgramAlone() throws IOException {
    Outcome all = derive("--progress", "always", ONE, OTHER).succeeds();
    assertThat(all.out()).isEmpty();
    assertThat(all.err())
        .contains("] 1 of 2 files", "] 2 of 2 files")
        .contains("hardwire: %s/musl-static-pie.yaml: ".formatted(folder));
    for (Path program : new Path[] {ONE, OTHER}) {
      String alone = Cli.ok("derive", "--no-cache", program).out();
      assertThat(folder.resolve(program.getFileName() + ".yaml")).hasContent(alone);
    }
  }

  @Test
  void aProgramThatFailsStopsNoOther() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "no program");
    Outcome all = derive(text, "/nowhere", ONE);
    assertThat(all.status()).isEqualTo(3);
    assertThat(all.err())
        .contains("hardwire: %s: ".formatted(text), "hardwire: /nowhere: no such file")
        .doesNotContain("%1$s: %1$s".formatted(text))
        .doesNotContain("of 3 files");
    assertThat(folder.resolve("musl-static.yaml")).isRegularFile();
    assertThat(folder.resolve("text.yaml")).doesNotExist();
    Files.delete(folder.resolve("musl-static.yaml"));
    derive("--fail-fast", text, ONE).fails(3, text.toString());
    assertThat(folder.resolve("musl-static.yaml")).doesNotExist();
  }

  @Test
  void optionsThatDoNotFitAreRefused() throws IOException {
    Path link = Files.createDirectory(folder.resolve("links")).resolve(ONE.getFileName());
    Files.createSymbolicLink(link, ONE);
    Cli.run("derive", ONE, OTHER).fails(2, "several PROGRAMs require --output-dir or --sqlite");
    derive("-o", folder.resolve("x"), ONE)
        .fails(2, "--output and --output-dir cannot be used together");
    Cli.run("derive", "--sqlite", ONE, link).fails(2, "is the program");
    derive("--sqlite", folder.resolve("musl-static.yaml"), ONE).fails(2, "is a policy");
    Cli.run("derive", "--sqlite", folder.resolve("x"), "-o", folder.resolve("y"), ONE, OTHER)
        .fails(2, "several PROGRAMs require --output-dir or --sqlite");
    derive("--explain", "write", ONE)
        .fails(2, "--output-dir and --explain cannot be used together");
    derive(ONE, link).fails(2, "two policies would be written to ");
    Cli.run("derive", "--output-dir", "/nowhere", ONE).fails(6, "/nowhere");
    Cli.run("derive", "--jobs", "0", ONE).fails(2, "--jobs requires a number of at least 1");
  }

  /** Each program is in one part, whatever the order. */
  @Test
  void partsHaveEachProgramOnce(@TempDir Path copies) throws IOException {
    List<Path> programs = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      programs.add(Files.copy(ONE, copies.resolve("program-" + i)));
    }
    Set<Path> all = new TreeSet<>();
    for (int part = 1; part <= 3; part++) {
      derive("--shard", part + "/3", programs).succeeds();
      try (Stream<Path> made = Files.list(folder)) {
        for (Path policy : made.toList()) {
          assertThat(all.add(policy.getFileName())).as("%s", policy).isTrue();
          Files.delete(policy);
        }
      }
    }
    assertThat(all).hasSameSizeAs(programs);
    derive("--shard", "4/3", ONE).fails(2, "--shard: \"4/3\" is not a part");
    Cli.run("derive", "--shard", "1/3", ONE).fails(2, "--shard requires --output-dir or --sqlite");
  }

  /** What was derived stands beside what a report says; a program without a policy has a reason. */
  @Test
  void aDatabaseHasARowForEachProgram() throws IOException {
    Path database = folder.resolve("calls.db");
    Path text = Files.writeString(folder.resolve("text"), "no program");
    Path wired = folder.resolve("wired");
    CommandLoop loop = CommandLoop.shared(); // which knows the C library
    loop.run("derive", "--output-dir", folder, TRUE).succeeds();
    Cli.ok("patch", "--policy", folder.resolve("true.yaml"), "-o", wired, TRUE);
    loop.run("derive", "-q", "--sqlite", database, TRUE, text, "/nowhere", wired).endsWith(3);
    assertThat(
            SqliteWriterTest.asked(
                database,
                "select path, status, derive_error from rows where derived_policy is null"))
        .startsWith(text + " unreadable ")
        .contains("\n/nowhere unreadable no such file");
    assertThat(
            SqliteWriterTest.asked(
                database,
                """
                select replace(r.path, '%s/', ''), r.status, json_array_length(r.derived_calls) > 9,
                    json_extract(r.libraries, '$[0].path') like '%%/libc.so.6',
                    r.derived_policy_sha256 = w.policy_sha256 ->> 0, r.derive_error
                from rows r, rows w where w.verified and r.derived_policy is not null
                """
                    .formatted(folder)))
        .isEqualTo(TRUE + " not-hard-wired 1 1 1 None\nwired confined 1 1 0 None"); // another name
    Path policy = folder.resolve("policy.yaml");
    loop.run("derive", "--sqlite", database, "-o", policy, TRUE).succeeds();
    assertThat(policy).hasSameTextualContentAs(folder.resolve("true.yaml"));
    assertThat(
            SqliteWriterTest.asked(
                database, "select count(*), sum(derived_policy <> '') from rows"))
        .isEqualTo("1 1");
  }

  @Test
  void quietPrintsErrorsOnly() {
    assertThat(derive("-q", ONE).succeeds().err()).isEmpty();
  }
}
