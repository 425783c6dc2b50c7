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
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees keep the attributes of their files, and have their digests, without another process. */
class TreeAttributesTest {
  private static final int FILES = 40;

  @TempDir private Path folder;

  /** Puts programs before the real ones that note down that they were called. */
  private Path countingTools(Path log) throws IOException {
    Path tools = Files.createDirectory(folder.resolve("tools"));
    for (String tool : List.of("cp", "getfattr", "setfattr", "sha256sum")) {
      Path script =
          Files.writeString(
              tools.resolve(tool),
              """
              #!/bin/sh
              echo %s >> %s
              [ %s = sha256sum ] || PATH=${PATH#*:} exec %s "$@"
              for file; do printf '%%064d  %%s' 0 "$file"; done
              """
                  .formatted(tool, log, tool, tool));
      Programs.output("chmod", "755", script);
    }
    return tools;
  }

  @Test
  void noAttributeAndNoDigestTakesAnotherProcess() throws IOException, InterruptedException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    for (int i = 0; i < FILES; i++) {
      Path file =
          Files.copy(Fixtures.named("gcc-pie").path(), tree.resolve("program%02d".formatted(i)));
      if (i % 3 == 0) {
        Files.setAttribute(file, "unix:uid", 1234);
        Files.setAttribute(file, "unix:gid", 2345);
      }
      Files.setAttribute(file, "unix:mode", i % 2 == 0 ? 04711 : 0750);
    }
    Programs.output("chmod", "4755", tree.resolve("program07"));
    Programs.output("setcap", "cap_net_raw=ep", tree.resolve("program07"));
    Files.setLastModifiedTime(tree.resolve("program08"), FileTime.fromMillis(0));
    Thread.sleep(100); // until nothing in the tree is new
    Path log = Files.createFile(folder.resolve("log"));
    Path out = folder.resolve("out");
    Outcome outcome =
        Cli.process()
            .environment(Map.of("PATH", countingTools(log) + ":" + System.getenv("PATH")))
            .call("patch", Policies.UNAME_ERRNO, "--recursive", "--output-dir", out, tree);
    outcome.succeeds();
    Path here = folder.resolve("here");
    Cli.ok("patch", Policies.UNAME_ERRNO, "--recursive", "--output-dir", here, tree);
    Programs.output("diff", "-r", here, out);
    assertThat(attributes(out))
        .isEqualTo(attributes(tree))
        .contains("./program06 4711 1234:2345\n", "./program07 4755 0:0\n")
        .contains("./program07 cap_net_raw=ep\n")
        .hasLineCount(FILES + 1);
    assertThat(log).isEmptyFile();
  }

  /** Of all files of a directory. */
  private static String attributes(Path directory) {
    String script =
        "cd \"$0\" && find . -type f -printf '%p %m %U:%G\\n' | sort && getcap -r . | sort";
    return Programs.output("sh", "-c", script, directory);
  }
}
