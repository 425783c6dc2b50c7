package dev.hardwire.output;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Results that replace their inputs together, or one by one where they cannot. */
@Tag("system")
class OutputGroupTest {
  /** More than are ever put in their places together. */
  private static final int LARGE_GROUP = 257;

  private static final int MANY = 400;

  private static final String NEW = "new";

  @TempDir private Path folder;
  private final OutputGroup group = new OutputGroup();
  private final List<FinishedOutput> taken = new ArrayList<>();
  private Path old;

  /** Takes results into the group. */
  private final class Collector implements Warnings {
    @Override
    public void warn(Path file, String message) {
      throw new AssertionError(file + ": " + message);
    }

    @Override
    public boolean placesLater(FinishedOutput output) {
      taken.add(output);
      group.add(output);
      return true;
    }
  }

  @BeforeEach
  void findProgram() {
    old = Fixtures.named("gcc-pie").path();
  }

  private Path copy(String name) throws IOException {
    return Files.copy(old, folder.resolve(name));
  }

  private void replace(Path file, Warnings warnings) throws IOException {
    TreeEntry entry = TreeEntry.named(file);
    Outputs outputs = Outputs.prepare(new OutputPlace.InPlace(), false, List.of(entry));
    try (ProgramFile program = ProgramFile.open(entry);
        PendingOutput output = outputs.begin(program)) {
      Bytes content = Bytes.wrap(NEW.getBytes(StandardCharsets.US_ASCII));
      assertThat(output.writeFirst(content, warnings)).isEqualTo(file.toRealPath());
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void resultsWaitForEachOther() throws IOException {
    Path one = copy("one");
    Path two = copy("two");
    Files.setPosixFilePermissions(two, PosixFilePermissions.fromString("rwxr-x--x"));
    for (Path file : List.of(one, two)) {
      replace(file, new Collector());
    }
    assertThat(taken).hasSize(2).noneMatch(FinishedOutput::isSettled);
    for (Path file : List.of(one, two)) {
      assertThat(file).has(sameBytesAs(old));
    }
    group.flush();
    assertThat(taken).allMatch(FinishedOutput::isSettled);
    assertThat(taken).allMatch(output -> output.failure().isEmpty());
    for (Path file : List.of(one, two)) {
      assertThat(file).hasContent(NEW);
    }
    assertThat(Files.getAttribute(two, "unix:mode")).isEqualTo(0100751);
    assertThat(names()).containsExactly("one", "two");
  }

  @Test
  void oneThatCannotBePlacedIsReportedAndTheOthersAreInTheirPlaces() throws IOException {
    List<Path> files = List.of(copy("a"), copy("b"), copy("c"), copy("d"));
    for (Path file : files) {
      replace(file, new Collector());
    }
    Files.setPosixFilePermissions(files.get(1), PosixFilePermissions.fromString("rw-------"));
    Files.delete(files.get(2));
    group.flush();
    assertThat(taken).allMatch(FinishedOutput::isSettled);
    assertThat(taken.get(1).failure().orElseThrow())
        .hasMessageContaining("another process has changed or replaced it");
    assertThat(taken.get(2).failure()).isPresent();
    assertThat(files.get(0)).hasContent(NEW);
    assertThat(files.get(1)).has(sameBytesAs(old));
    assertThat(files.get(3)).hasContent(NEW);
    assertThat(names()).containsExactly("a", "b", "d");
  }

  @Test
  void theyDoNotWaitForAllOthers() throws IOException {
    for (int i = 0; i < LARGE_GROUP; i++) {
      replace(copy("file" + i), new Collector());
      assertThat(taken.stream().filter(output -> !output.isSettled()).count())
          .isLessThan(LARGE_GROUP);
    }
    assertThat(taken.get(0).isSettled()).isTrue();
    group.flush();
    for (String name : names()) {
      assertThat(folder.resolve(name)).hasContent(NEW);
    }
    assertThat(names()).hasSize(LARGE_GROUP);
  }

  @Test
  void aLowLimitOfDescriptorsMakesGroupsSmall() throws IOException {
    assertThat(OutputGroup.files(-1)).isEqualTo(128);
    assertThat(OutputGroup.files(1L << 20)).isEqualTo(128);
    assertThat(OutputGroup.files(1024)).isEqualTo(128);
    assertThat(OutputGroup.files(256)).isEqualTo(27);
    assertThat(OutputGroup.files(64)).isEqualTo(1);
    assertThat(OutputGroup.files(0)).isEqualTo(1);
    patches(40, 96);
  }

  @ParameterizedTest
  @ValueSource(ints = {96, 256, 1024})
  @Tag("long")
  void limitsOfDescriptorsAreKeptWithManyFiles(int limit) throws IOException {
    patches(MANY, limit);
  }

  private void patches(int files, int limit) throws IOException {
    for (int i = 0; i < files; i++) {
      copy("file" + i);
    }
    Outcome outcome =
        Cli.process()
            .under("prlimit", "--nofile=" + limit)
            .call("patch", "--deny", "uname", "-r", "--in-place", folder);
    assertThat(outcome.succeeds().err()).isEmpty();
    assertThat(outcome.out().lines().filter(line -> line.contains(": hook "))).hasSize(files);
  }

  /** Links have to be made, or are warned of, when the result is in its place. */
  @Test
  void resultsOfFilesWithOtherNamesDoNotWait() throws IOException {
    Path file = copy("file");
    Path other = Files.createLink(folder.resolve("other"), file);
    List<String> warnings = new ArrayList<>();
    TreeEntry entry = new TreeEntry(file, file.getFileName(), false, List.of(), Optional.empty());
    Outputs outputs = Outputs.prepare(new OutputPlace.InPlace(), false, List.of(entry));
    try (ProgramFile program = ProgramFile.open(entry);
        PendingOutput output = outputs.begin(program)) {
      output.writeFirst(
          Bytes.wrap(NEW.getBytes(StandardCharsets.US_ASCII)),
          (path, message) -> warnings.add(message));
    }
    assertThat(file).hasContent(NEW);
    assertThat(other).has(sameBytesAs(old));
    assertThat(warnings).hasSize(1);
  }
}
