package dev.hardwire.live.trees;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of trees. */
class ShardTest {
  private static final int FILES = 12;

  @TempDir private Path folder;
  private Path tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = Files.createDirectory(folder.resolve("tree"));
    for (int i = 0; i < FILES; i++) {
      Files.copy(Path.of("/usr/bin/true"), tree.resolve("program" + i));
    }
    Files.createLink(tree.resolve("another-name"), tree.resolve("program0"));
  }

  private static List<String> reported(Path tree, String shard) {
    Outcome outcome = Cli.ok("report", "--json", "--shard", shard, tree);
    List<String> files = new ArrayList<>();
    for (JsonElement program :
        JsonParser.parseString(outcome.out()).getAsJsonObject().getAsJsonArray("programs")) {
      files.add(program.getAsJsonObject().get("file").getAsString());
    }
    return files;
  }

  @Test
  void everyFileIsInOnePart() throws IOException {
    List<String> all = new ArrayList<>();
    for (int part = 1; part <= 3; part++) {
      List<String> files = reported(tree, part + "/3");
      assertThat(files).isNotEmpty().hasSizeLessThan(FILES);
      all.addAll(files);
    }
    assertThat(all).doesNotHaveDuplicates().hasSize(FILES);
    assertThat(reported(tree, "1/1")).hasSize(FILES);
    // Elsewhere the tree is divided alike.
    Path moved = Files.move(tree, folder.resolve("moved"));
    assertThat(reported(moved, "2/3"))
        .isEqualTo(
            reported(Files.createSymbolicLink(tree, moved), "2/3").stream()
                .map(file -> file.replace(tree + "/", moved + "/"))
                .toList());
  }

  @Test
  void partsOfAManifestPatchTheTree() throws IOException {
    Path manifest =
        Files.writeString(
            folder.resolve("manifest.yaml"),
            """
            version: 1
            root: tree
            files:
              - match: "*"
                preset: no-exec
            """);
    Outcome first = Cli.ok("apply", "--json", "--shard", "1/2", manifest);
    int done = patched(first);
    assertThat(done).isBetween(1, FILES);
    assertThat(patched(Cli.ok("apply", "--json", "--shard", "2/2", manifest)))
        .isEqualTo(FILES + 1 - done); // the other name is listed, too
    Cli.ok("apply", "--check", manifest);
    assertThat(Files.isSameFile(tree.resolve("another-name"), tree.resolve("program0"))).isTrue();
  }

  private static int patched(Outcome outcome) {
    return JsonParser.parseString(outcome.out())
        .getAsJsonObject()
        .getAsJsonObject("summary")
        .get("patched")
        .getAsInt();
  }

  @Test
  void aPartMayBeEmpty() throws IOException {
    try (Stream<Path> files = Files.list(tree)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.copy(Path.of("/usr/bin/true"), tree.resolve("one"));
    assertThat(reported(tree, "1/2").size() + reported(tree, "2/2").size()).isEqualTo(1);
    String empty = reported(tree, "1/2").isEmpty() ? "1/2" : "2/2";
    Object[] verify = {"verify", "--shard", empty, tree};
    assertThat(Cli.ok(verify).out()).isEqualTo("0 executables in this part (0 files)\n");
    assertThat(Cli.ok("verify", "--json", "--shard", empty, tree).out().strip()).isEqualTo("[]");
    assertThat(Cli.ok("verify", "--quiet", "--shard", empty, tree).out()).isEmpty();
    // Files that are no executables are in a part, too.
    for (int i = 0; i < FILES; i++) {
      Files.writeString(tree.resolve("notes" + i), "no program\n");
    }
    assertThat(Cli.ok(verify).out())
        .matches("0 executables in this part \\([1-9][0-9]* files?\\)\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0/2", "3/2", "1", "1/0", "1/2/3", "-1/2", "1/9999999999", "", "a/b"})
  void refusesOtherParts(String shard) {
    Cli.run("verify", "--shard", shard, tree).fails(2, "is not a part such as 1/4");
    Cli.run("report", "--shard", shard, tree).fails(2, "is not a part such as 1/4");
  }

  @Test
  void noPartOfOneFileOrOfADirectoryAsAFile() {
    for (int part = 1; part <= 2; part++) {
      List<Object> patch =
          List.of("patch", "--deny", "ptrace", "--in-place", "--shard", part + "/2");
      Cli.run(patch, tree).fails(2, "is a directory; use --recursive");
      Cli.run(patch, tree.resolve("program1")).fails(2, "but not one file");
      Cli.run("verify", "--shard", part + "/2", tree.resolve("program1"))
          .fails(2, "but not one file");
    }
  }

  @Test
  void namedFilesAreDividedByTheirPaths() throws IOException {
    Path one = tree.resolve("program1");
    Path two = Files.createDirectory(folder.resolve("other")).resolve("program1");
    Files.copy(one, two);
    int parts = 0;
    for (int part = 1; part <= 8; part++) {
      String out = Cli.run("report", "--csv", "--shard", part + "/8", one, two).out();
      parts += (out.contains(one.toString()) ? 1 : 0) + (out.contains(two.toString()) ? 1 : 0);
    }
    assertThat(parts).isEqualTo(2);
  }
}
