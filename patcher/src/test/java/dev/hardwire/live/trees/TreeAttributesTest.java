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

/** Trees keep the attributes of their files without another process. */
class TreeAttributesTest {
  private static final int FILES = 40;

  @TempDir private Path folder;

  /** Puts programs before the real ones that note down that they were called. */
  private Path countingTools(Path log) throws IOException {
    Path tools = Files.createDirectory(folder.resolve("tools"));
    for (String tool : List.of("cp", "getfattr", "setfattr")) {
      Path script =
          Files.writeString(
              tools.resolve(tool),
              """
              #!/bin/sh
              echo %s >> %s
              PATH=${PATH#*:}
              exec %s "$@"
              """
                  .formatted(tool, log, tool));
      Programs.output("chmod", "755", script);
    }
    return tools;
  }

  @Test
  void noAttributeTakesAnotherProcess() throws IOException, InterruptedException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    for (int i = 0; i < FILES; i++) {
      Path file =
          Files.copy(Fixtures.named("gcc-pie").path(), tree.resolve("program%02d".formatted(i)));
      Programs.output("chmod", i % 2 == 0 ? "4711" : "0750", file);
      Programs.output("chown", i % 3 == 0 ? "1234:2345" : "0:0", file);
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
    for (int i = 0; i < FILES; i++) {
      String name = "program%02d".formatted(i);
      assertThat(attributes(out.resolve(name))).as(name).isEqualTo(attributes(tree.resolve(name)));
    }
    assertThat(attributes(out.resolve("program07"))).contains("4755", "cap_net_raw=ep");
    assertThat(log).isEmptyFile();
  }

  private static String attributes(Path file) {
    return Programs.output("stat", "-c", "%a %u:%g", file)
        + Programs.output("getcap", file).replace(file.toString(), "");
  }
}
