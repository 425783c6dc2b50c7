package dev.hardwire.packages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The recipes for build tools work with those tools. Each makes a hello that starts no program. */
class RecipesIT {
  private static final Path RECIPES = Path.of("../fixtures/recipes").toAbsolutePath().normalize();

  @TempDir private Path folder;

  @BeforeEach
  void copy() {
    Programs.output("cp", "-r", RECIPES + "/.", folder);
  }

  private Outcome sh(String directory, String script, Object... words) {
    return sh(directory, Map.of(), script, words);
  }

  private Outcome sh(String directory, Map<String, String> more, String script, Object... words) {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("PATH", Cli.SCRIPT.getParent() + ":" + System.getenv("PATH"));
    environment.put("JAVA_HOME", Cli.home().toString());
    environment.put("LC_ALL", "C.UTF-8");
    environment.put("HOME", folder.toString());
    return Programs.together(
        folder.resolve(directory),
        environment,
        "bash",
        "-eo",
        "pipefail",
        "-c",
        script,
        "sh",
        List.of(words));
  }

  private void isWired(Path hello) {
    assertThat(Programs.run(hello).succeeds().out()).isEqualTo("hello\n");
    Programs.run(hello, "/bin/true").endsWith(Programs.KILLED_BY_SIGSYS);
    Cli.ok("verify", "--preset", "no-exec", hello);
  }

  private void isStripped(Path hello) {
    assertThat(Programs.output("readelf", "-SW", hello)).doesNotContain(" .symtab ");
  }

  @Test
  void make() {
    sh("make", "make -s -j2 check && make -q && make -s clean && make -s").succeeds();
    isWired(folder.resolve("make/hello"));
    isStripped(folder.resolve("make/hello"));
    Outcome refused = sh("make", "make -s clean; make -s HARDWIRE=false || echo \"status $?\"; ls");
    assertThat(refused.out()).contains("\nstatus 2\n").doesNotContain("\nhello\n");
  }

  @Test
  @Tag("long")
  void cmake() throws IOException {
    String build =
        """
        cmake -S . -B build -DHardwire_DIR="$PWD" -DCMAKE_INSTALL_PREFIX="$PWD/installed" >/dev/null
        cmake --build build >/dev/null && cmake --build build && cmake --install build >/dev/null
        """;
    sh("cmake", build).succeeds();
    isWired(folder.resolve("cmake/build/hello"));
    isWired(folder.resolve("cmake/installed/bin/hello"));
    isStripped(folder.resolve("cmake/installed/bin/hello"));

    Path lists = folder.resolve("cmake/CMakeLists.txt");
    String text = Files.readString(lists);
    Files.writeString(lists, text.replace("PRESET no-exec", "PRESET nothing"));
    Outcome refused = sh("cmake", build);
    assertThat(refused.status()).isNotZero();
    assertThat(refused.out()).contains("expected one of no-exec, ");
    Files.writeString(lists, text.replace("PRESET no-exec STRIP", ""));
    assertThat(sh("cmake", build).out()).contains("hardwire_target: give TARGET, then");

    Path policy = folder.resolve("cmake/policy.yaml");
    Files.writeString(policy, Cli.ok("policy", "presets", "no-network").out());
    Files.writeString(lists, text.replace("PRESET no-exec", "POLICY policy.yaml"));
    sh("cmake", build).succeeds();
    Files.writeString(policy, Cli.ok("policy", "presets", "no-exec").out());
    sh("cmake", build).succeeds();
    isWired(folder.resolve("cmake/build/hello"));
  }

  @Test
  @Tag("long")
  void meson() {
    String build =
        """
        cp ../hello.c . && meson setup build --prefix="$PWD/installed" >/dev/null
        meson compile -C build >/dev/null && meson install -C build >/dev/null
        """;
    sh("meson", build).succeeds();
    isWired(folder.resolve("meson/build/hello"));
    isWired(folder.resolve("meson/installed/bin/hello"));
    isStripped(folder.resolve("meson/installed/bin/hello"));
  }

  /** In the build tree, a program that needs a library of the project is a script. */
  @Test
  @Tag("long")
  void autotools() {
    String build =
        """
        autoreconf -i && ./configure -q --prefix="$PWD/installed" && make -s
        hardwire patch --preset no-exec -o none hello || echo "status $?"
        make -s install-strip
        """;
    assertThat(sh("autotools", build).succeeds().out())
        .contains("it is libtool's wrapper script", "\nstatus 3\n");
    isWired(folder.resolve("autotools/installed/bin/hello"));
    isStripped(folder.resolve("autotools/installed/bin/hello"));
  }

  /** Packages of an older debhelper have the same in another target. */
  @Test
  @Tag("long")
  void debianRulesOfBefore() throws IOException {
    Path control = folder.resolve("debian/debian/control");
    Files.writeString(
        control,
        Files.readString(control).replaceAll("debhelper-compat \\(= \\d+\\)", "debhelper"));
    Files.writeString(folder.resolve("debian/debian/compat"), "9\n");
    Path rules = folder.resolve("debian/debian/rules");
    Files.writeString(
        rules,
        Files.readString(rules)
            .replace("execute_after_dh_strip:\n", "override_dh_strip:\n\tdh_strip\n"));
    debianRules();
  }

  @Test
  @Tag("long")
  void debianRules() {
    String build =
        """
        cp ../hello.c . && dpkg-buildpackage -b -us -uc -d && cd .. && mkdir installed symbols
        dpkg-deb -x hello_1.0_*.deb installed && dpkg-deb -x hello-dbgsym_1.0_*.deb symbols
        """;
    sh("debian", build).succeeds();
    Path hello = folder.resolve("installed/usr/bin/hello");
    isWired(hello);
    isStripped(hello);
    String id =
        Programs.output("readelf", "-n", hello).replaceAll("(?s).*Build ID: (..)(\\w+).*", "$1/$2");
    assertThat(folder.resolve("symbols/usr/lib/debug/.build-id").resolve(id + ".debug")).exists();
  }

  @Test
  @Tag("long")
  void rpm() {
    String build =
        """
        cp ../hello.c . && rpmbuild --nodeps --quiet --define "_topdir $PWD/top" --define "_sourcedir $PWD" -bb hello.spec
        mkdir installed && cd installed && rpm2cpio ../top/RPMS/*/hello-1.0*.rpm | cpio -id --quiet
        """;
    sh("rpm", build).succeeds();
    isWired(folder.resolve("rpm/installed/usr/bin/hello"));
  }

  /** Without a daemon: the shell commands of the stages, and that each COPY has its source. */
  @Test
  void dockerfile() throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve("docker/Dockerfile"));
    List<String> stages = new ArrayList<>();
    List<String> script = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("FROM ")) {
        String[] words = line.split(" ", -1);
        assertThat(words[1])
            .satisfiesAnyOf(
                base -> assertThat(base).startsWith("debian:"),
                base -> assertThat(stages).contains(base));
        stages.add(words.length == 4 ? words[3] : "");
      } else if (line.startsWith("COPY --from=")) {
        assertThat(stages).contains(line.replaceAll("COPY --from=(\\w+) .*", "$1"));
        assertThat(line).contains(" /build/hello ");
      } else if (line.startsWith("RUN ") && !line.startsWith("RUN apt-get ")) {
        script.add(line.substring("RUN ".length()));
      }
    }
    assertThat(script).hasSize(3);
    sh("docker", "cp ../hello.c . && " + String.join(" && ", script)).succeeds();
    isWired(folder.resolve("docker/hello"));
  }

  @Test
  @Tag("long")
  void maven() {
    sh("maven", "mkdir target && gcc -o target/hello.plain ../hello.c").succeeds();
    sh(
            "maven",
            "mvn -q -o -B -Dmaven.repo.local=\"$1\" -Dhardwire=\"$2\" package",
            System.getProperty("user.home") + "/.m2/repository",
            Cli.SCRIPT)
        .succeeds();
    isWired(folder.resolve("maven/target/hello"));
  }

  @Test
  void githubAction() throws IOException {
    Map<?, ?> action = yaml("github/action.yml");
    assertThat(action.get("inputs").toString())
        .contains("package=", "policy=", "options=", "files=");
    Map<?, ?> runs = (Map<?, ?>) action.get("runs");
    assertThat(runs.get("using")).isEqualTo("composite");
    Map<String, String> inputs =
        Map.of("package", "", "policy", "--preset no-exec", "options", "", "files", "hello");
    Path summary = folder.resolve("github/summary");
    sh("github", "gcc -o hello ../hello.c").succeeds();
    for (Object item : (List<?>) runs.get("steps")) {
      Map<?, ?> step = (Map<?, ?>) item;
      assertThat(step.get("shell")).isEqualTo("bash");
      Map<String, String> environment = new HashMap<>();
      environment.put("GITHUB_STEP_SUMMARY", summary.toString());
      ((Map<?, ?>) step.get("env"))
          .forEach(
              (name, value) ->
                  environment.put(
                      name.toString(),
                      Pattern.compile("\\$\\{\\{ inputs\\.(\\w+) }}")
                          .matcher(value.toString())
                          .replaceAll(match -> inputs.get(match.group(1)))));
      sh("github", environment, step.get("run").toString()).succeeds();
    }
    isWired(folder.resolve("github/hello"));
    assertThat(summary).content().contains("  ok   required-policy: ").endsWith("  verified\n");
  }

  @Test
  void gitlabTemplate() throws IOException {
    Map<?, ?> job = (Map<?, ?>) yaml("gitlab/hardwire.yml").get(".hardwire");
    assertThat(((Map<?, ?>) job.get("variables")).keySet().toString())
        .isEqualTo("[HARDWIRE_PACKAGE, HARDWIRE_POLICY, HARDWIRE_OPTIONS, HARDWIRE_FILES]");
    String script =
        ((List<?>) job.get("script"))
            .stream().map(Object::toString).collect(Collectors.joining("\n"));
    Map<String, String> variables =
        Map.of(
            "HARDWIRE_POLICY",
            "--preset no-exec",
            "HARDWIRE_OPTIONS",
            "",
            "HARDWIRE_FILES",
            "hello");
    sh("gitlab", "gcc -o hello ../hello.c").succeeds();
    assertThat(sh("gitlab", variables, script).succeeds().out())
        .contains("  ok   required-policy: ");
    isWired(folder.resolve("gitlab/hello"));
  }

  private Map<?, ?> yaml(String name) throws IOException {
    String text = Files.readString(folder.resolve(name));
    return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(text);
  }

  @Test
  void systemdDropIn() {
    String check =
        """
        gcc -o hello ../hello.c && hardwire patch --preset no-exec -o wired hello
        mkdir -p units/hello.service.d
        sed "s,/usr/local/libexec/hello,$PWD/wired,; s,/usr/bin/hardwire,$1,; s,/usr/bin/hello,$PWD/hello," \\
          hello.service >units/hello.service
        sed "s,/usr/local/libexec/hello,$PWD/wired,; s,/usr/bin/hardwire,$1,; s,/usr/bin/hello,$PWD/hello," \\
          hardwire.conf >units/hello.service.d/hardwire.conf
        SYSTEMD_UNIT_PATH="$PWD/units:" systemd-analyze verify --man=no "$PWD/units/hello.service"
        $(sed -n 's/^ExecStartPre=//p' units/hello.service.d/hardwire.conf)
        $(sed -n '$s/^ExecStart=//p' units/hello.service.d/hardwire.conf)
        gcc -O1 -o hello ../hello.c
        $(sed -n 's/^ExecStartPre=//p' units/hello.service.d/hardwire.conf) >/dev/null 2>&1 || echo "status $?"
        """;
    Outcome outcome = sh("systemd", check, Cli.SCRIPT).succeeds();
    assertThat(outcome.out())
        .endsWith("  verified\nhello\nstatus 5\n")
        .doesNotContain("hardwire.conf:");
  }
}
