package dev.hardwire.live.trees;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No program computes digests for a tree: one named sha256sum is not run, whatever it would print.
 * {@link TreeAttributesTest} has one of them.
 */
class TreeDigestsTest {
  private static final int FILES = 20;

  private static final String WRONG = "for file; do printf '%064d  %s' 0 \"$file\"; done\n";

  @TempDir private Path folder;

  /** Patches the tree with another tool instead of the real one, or with none. */
  private Path patched(String name, String tool) throws IOException {
    Path tools = Files.createDirectory(folder.resolve(name + "-tools"));
    String others = "";
    if (tool.isEmpty()) {
      for (String other : List.of("sh", "cp", "getfattr", "setfattr")) {
        Files.createSymbolicLink(tools.resolve(other), Path.of("/usr/bin", other));
      }
    } else {
      Programs.output("chmod", "755", Files.writeString(tools.resolve("sha256sum"), tool));
      others = ":" + System.getenv("PATH");
    }
    Path out = folder.resolve(name);
    Outcome outcome =
        Cli.process()
            .environment(Map.of("PATH", tools + others))
            .call(
                "patch",
                Policies.UNAME_ERRNO,
                "--recursive",
                "--output-dir",
                out,
                folder.resolve("tree"));
    outcome.succeeds();
    return out;
  }

  @Test
  @Tag("long")
  void resultsAreTheSame() throws IOException {
    areTheSameWith(
        "PATH=${PATH#*:}\nexec sha256sum \"$@\"\n",
        WRONG,
        "exit 1\n",
        "kill -9 $$\n",
        "printf '%0999d\\0' 0\n",
        "echo no such option\n",
        "");
  }

  /** Compares results of processes that would find other tools; each says when it is run. */
  private void areTheSameWith(String... otherTools) throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Path log = folder.resolve("log");
    for (int i = 0; i < FILES; i++) {
      Files.copy(Fixtures.named("gcc-pie").path(), tree.resolve("program%02d".formatted(i)));
    }
    Path usual = folder.resolve("usual");
    Cli.ok("patch", Policies.UNAME_ERRNO, "--recursive", "--output-dir", usual, tree);
    for (String tool : otherTools) {
      String script = tool.isEmpty() ? "" : "#!/bin/sh\necho >> " + log + "\n" + tool;
      Path out = patched("out" + tool.hashCode(), script);
      assertThat(log).as("what sha256sum writes").doesNotExist();
      Programs.output("diff", "-r", usual, out);
    }
    Programs.output("grep", "-c", "Hardwire", usual.resolve("program00"));
  }
}
