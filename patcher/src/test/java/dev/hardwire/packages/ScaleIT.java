package dev.hardwire.packages;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.SharedCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The recipes for many machines: make, GNU parallel and Kubernetes. */
class ScaleIT {
  private static final Path RECIPES = Path.of("../fixtures/recipes").toAbsolutePath().normalize();
  private static final int FILES = 10;

  @TempDir private static Path folder;
  @TempDir private static Path bin;
  private static SharedCommand hardwire;
  private Path tree;

  @BeforeAll
  static void startCommand() throws IOException {
    hardwire = new SharedCommand(folder, bin);
  }

  @AfterAll
  static void endCommand() throws IOException {
    hardwire.close();
  }

  @BeforeEach
  void makeTree() throws IOException {
    tree = Files.createDirectory(folder.resolve("tree"));
    for (int i = 0; i < FILES; i++) {
      Files.copy(Path.of("/usr/bin/true"), tree.resolve("program" + i));
    }
  }

  @AfterEach
  void clear() {
    Programs.output("find", folder, "-mindepth", "1", "-delete");
  }

  private Outcome run(Map<String, String> more, Object... command) {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("PATH", bin + ":" + System.getenv("PATH"));
    environment.put("JAVA_HOME", Cli.home().toString());
    environment.put("HOME", folder.toString());
    return Programs.together(folder, environment, command);
  }

  private List<String> reported() throws IOException {
    List<String> files = new ArrayList<>();
    try (Stream<Path> found = Files.list(folder)) {
      for (Path part : found.filter(file -> file.toString().endsWith(".json")).toList()) {
        for (JsonElement program :
            JsonParser.parseString(Files.readString(part))
                .getAsJsonObject()
                .getAsJsonArray("programs")) {
          files.add(program.getAsJsonObject().get("file").getAsString());
        }
      }
    }
    return files;
  }

  @Test
  void makeReportsOnAllParts() throws IOException {
    Path makefile = RECIPES.resolve("parallel/Makefile");
    run(Map.of(), "make", "-j2", "-f", makefile, "TREE=tree", "PARTS=3").succeeds();
    assertThat(reported()).doesNotHaveDuplicates().hasSize(FILES);
    Files.delete(folder.resolve("part-2.json"));
    Outcome again = run(Map.of(), "make", "-f", makefile, "TREE=tree", "PARTS=3").succeeds();
    assertThat(again.out()).contains("--shard 2/3").doesNotContain("--shard 1/3");
  }

  @Test
  void parallelPatchesPackagesOnce() throws IOException {
    for (String name : List.of("one", "two")) {
      Path root = folder.resolve(name);
      Files.copy(
          Path.of("/usr/bin/true"), Files.createDirectories(root.resolve("usr/bin")).resolve(name));
      Files.writeString(
          Files.createDirectory(root.resolve("DEBIAN")).resolve("control"),
          """
          Package: %s
          Version: 1
          Architecture: amd64
          Maintainer: Nobody <nobody@example.org>
          Description: a sample
          """
              .formatted(name));
      Programs.output("dpkg-deb", "-b", root, folder.resolve(name + ".deb"));
    }
    Files.writeString(
        folder.resolve("manifest.yaml"),
        """
        version: 1
        files:
          - match: usr/bin/one
            preset: no-exec
          - match: usr/bin/two
            preset: no-exec
        """);
    Path script = RECIPES.resolve("parallel/apply.sh");
    Object[] command = {script, "manifest.yaml", "out", "one.deb", "two.deb"};
    run(Map.of(), command).succeeds();
    assertThat(Cli.ok("verify", folder.resolve("out/one.deb")).out()).contains("confined 1");
    assertThat(Cli.ok("verify", folder.resolve("out/two.deb")).out()).contains("confined 1");
    Files.delete(folder.resolve("out/one.deb"));
    run(Map.of(), command).succeeds();
    assertThat(folder.resolve("out/one.deb")).doesNotExist(); // the log says that it was done
  }

  @Test
  void theJobOfKubernetesIsValidAndItsIndexesDoAllParts() throws IOException {
    Path job = RECIPES.resolve("kubernetes/job.yaml");
    Path check = RECIPES.resolve("kubernetes/check.py");
    assertThat(run(Map.of(), check, job).succeeds().out()).contains("valid");
    Path wrong = folder.resolve("wrong.yaml");
    String text = Files.readString(job);
    Files.writeString(wrong, text.replace("completionMode:", "completionsMode:"));
    assertThat(run(Map.of(), check, wrong).endsWith(1).out())
        .contains("V1JobSpec has no field 'completionsMode'");
    Map<?, ?> spec = child(load(text), "spec");
    Map<?, ?> pod = child(child(spec, "template"), "spec");
    Map<?, ?> container = (Map<?, ?>) ((List<?>) pod.get("containers")).get(0);
    String script =
        ((List<?>) container.get("args"))
            .get(0)
            .toString()
            .replace("/results/", "")
            .replace("/input", "tree");
    int completions = (Integer) spec.get("completions");
    for (int index = 0; index < completions; index++) {
      run(Map.of("JOB_COMPLETION_INDEX", Integer.toString(index)), container.get("command"), script)
          .succeeds();
    }
    assertThat(reported()).doesNotHaveDuplicates().hasSize(FILES);
  }

  private static Map<?, ?> load(String text) {
    return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(text);
  }

  private static Map<?, ?> child(Map<?, ?> map, String key) {
    return (Map<?, ?>) map.get(key);
  }
}
