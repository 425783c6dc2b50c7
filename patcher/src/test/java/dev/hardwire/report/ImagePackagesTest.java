package dev.hardwire.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.report.model.FindingKind;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.ImageBuilder;
import dev.hardwire.testing.OpensslKey;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packages of programs in images, by the lists of dpkg that the images have. */
@Tag("system")
class ImagePackagesTest {
  /** Instead of Hardwire, which runs in this process: keeps its words. */
  private static final String SHELL = "hardwire() { printf '%s\\0' \"$@\" > words; }\n";

  private static final String INFO = "var/lib/dpkg/info/";

  @TempDir Path folder;

  private byte[] program;

  @BeforeEach
  void program() throws IOException {
    program = Files.readAllBytes(Fixtures.named("gcc-pie").path());
  }

  private Map<String, String> owners(ImageBuilder image) throws IOException {
    Map<String, String> owners = new TreeMap<>();
    Path layout = image.write();
    Cli.ok("report", "--csv", layout)
        .out()
        .lines()
        .skip(1)
        .map(line -> line.split(",", -1))
        .forEach(cells -> owners.put(cells[0].replaceAll(".*/", ""), cells[1]));
    return owners;
  }

  private ImageBuilder.Archive archive() {
    return new ImageBuilder.Archive();
  }

  @Test
  void listsOfDpkg() throws IOException {
    ImageBuilder image = new ImageBuilder(folder.resolve("image"));
    image.layer(
        archive()
            .file("usr/bin/merged", program)
            .file("usr/bin/direct", program)
            .file("usr/bin/shared", program)
            .file("usr/bin/na\u00efve", program)
            .file("opt/none", program)
            .file(
                INFO + "coreutils.list", "/.\n/bin\n/bin/merged\n/usr/bin/shared\n".getBytes(UTF_8))
            .file(INFO + "tool:amd64.list", "/usr/bin/direct\n/usr/bin/shared".getBytes(UTF_8))
            .file(INFO + "tool:amd64.conffiles", "/opt/none\n".getBytes(UTF_8))
            .file(INFO + "deeper/x.list", "/opt/none\n".getBytes(UTF_8))
            .end());
    assertThat(owners(image))
        .containsEntry("merged", "coreutils")
        .containsEntry("direct", "tool:amd64")
        .containsEntry("shared", "coreutils")
        .containsEntry("none", "");
  }

  /** Images that are made without dpkg, and a layer that replaces or deletes lists. */
  @Test
  void digestsAndLayers() throws IOException {
    String sum = "0123456789abcdef0123456789abcdef  ";
    ImageBuilder image = new ImageBuilder(folder.resolve("image"));
    image.layer(
        archive()
            .file("usr/bin/one", program)
            .file("usr/bin/two", program)
            .file("usr/bin/three", program)
            .file(
                "var/lib/dpkg/status.d/one.md5sums",
                (sum + "usr/bin/one\n" + sum + "./usr/bin/three\n").getBytes(UTF_8))
            .file(INFO + "gone.list", "/usr/bin/two\n".getBytes(UTF_8))
            .file(INFO + "changed.list", "/usr/bin/two\n".getBytes(UTF_8))
            .end());
    image.layer(
        archive()
            .file(INFO + ".wh.gone.list", new byte[0])
            .file(INFO + "changed.list", "/usr/bin/other\n".getBytes(UTF_8))
            .end());
    assertThat(owners(image))
        .containsEntry("one", "one")
        .containsEntry("three", "one")
        .containsEntry("two", "");
  }

  @Test
  void theLayerThatHasAProgram() throws IOException {
    Path image =
        new ImageBuilder(folder.resolve("image"))
            .layer(archive().file("usr/bin/below", program).file("usr/bin/hidden", program).end())
            .layer(archive().file("usr/bin/hidden", program).end())
            .write();
    List<String> lines = Cli.ok("report", "--csv", image).out().lines().skip(1).toList();
    assertThat(lines.get(0)).contains("/usr/bin/below,").containsPattern("1 of 2, sha256:[0-9a-f]");
    assertThat(lines.get(1)).contains("/usr/bin/hidden,").contains("2 of 2, sha256:");
  }

  /** A small blob can unpack to such lists. */
  @Test
  @Tag("long")
  void aListOfMillionsOfLines() throws IOException {
    byte[] lines = "\n".repeat(30 << 20).getBytes(UTF_8);
    byte[] names = "/a\n".repeat(10 << 20).getBytes(UTF_8);
    Path image =
        new ImageBuilder(folder.resolve("image"))
            .layer(
                archive()
                    .file("usr/bin/one", program)
                    .file(INFO + "lines.list", lines)
                    .file(INFO + "names.list", names)
                    .end())
            .write();
    List<Object> java = List.of(Cli.javaOf(Cli.home()), "-Xmx300m", "-cp", Cli.classPath());
    String out =
        Programs.run(java, "dev.hardwire.cli.Main", "report", "--csv", image).succeeds().out();
    assertThat(out.lines()).hasSize(2);
  }

  /** A program with the name of a list is a program. */
  @Test
  void aListThatIsAProgram() throws IOException {
    ImageBuilder image = new ImageBuilder(folder.resolve("image"));
    image.layer(archive().file(INFO + "x.list", program).end());
    assertThat(owners(image)).containsOnlyKeys("x.list");
  }

  /** Commands of the page, as a shell reads them, about a program whose name needs quotes. */
  @Test
  void commandsForProgramsInImagesWork() throws IOException {
    Path image =
        new ImageBuilder(folder.resolve("an image"))
            .layer(
                archive()
                    .file("usr/bin/it's \"a\" [tool]", program)
                    .file("usr/bin/other", program)
                    .end())
            .write();
    Path wired = folder.resolve("COPY");
    Outcome patched = offered(image, "not-hard-wired").succeeds();
    assertThat(patched.out()).contains("[tool]: hook init").doesNotContain("other: hook");
    offered(wired, "risky-calls").succeeds();
    assertThat(folder.resolve("REPORT.html"))
        .content()
        .contains("[tool]")
        .doesNotContain("bin/other");
    assertThat(page(wired)).contains("hardwire restore -o ORIGINAL " + wired);

    policy("rules: []");
    Path manifest =
        Files.writeString(
            folder.resolve("all.yaml"),
            "version: 1\nfiles: [{match: \"usr/bin/it*\", policy: POLICY.yaml}]\n");
    Path empty = folder.resolve("nothing");
    Cli.ok("apply", "--root", image, "-o", empty, manifest);
    policy("rules: [{errno EPERM: [ptrace]}]");
    assertThat(offered(empty, "enforces-nothing").succeeds().out()).contains("[tool]: hook init");
    OpensslKey.make(folder.resolve("KEY.pem"), folder.resolve("ROOT.pem"), "Owner");
    Files.copy(folder.resolve("ROOT.pem"), folder.resolve("CERT.pem"));
    List<Object> trust = List.of("--trust", folder.resolve("ROOT.pem"));
    assertThat(offered(empty, "unsigned", trust.toArray()).succeeds().out())
        .contains("[tool]: hook init");
    assertThat(offered(empty, "signature-unchecked").succeeds().out()).contains("confined  ");
  }

  private void policy(String rules) throws IOException {
    Files.writeString(folder.resolve("POLICY.yaml"), "version: 1\ndefault: allow\n" + rules + "\n");
  }

  /** Runs the commands that the page about the tool offers for a finding. */
  private Outcome offered(Path image, String finding, Object... options) throws IOException {
    FindingKind kind =
        Stream.of(FindingKind.values())
            .filter(one -> one.id().equals(finding))
            .findAny()
            .orElseThrow();
    String html = page(image, options);
    int start = html.indexOf(kind.help().replace("'", "&#39;"));
    assertThat(start).as(html).isPositive();
    Matcher command =
        Pattern.compile("aria-label=\"Command\">(.*?)</pre>", Pattern.DOTALL).matcher(html);
    assertThat(command.find(start)).isTrue();
    String script =
        command.group(1).replace("&#39;", "'").replace("&quot;", "\"").replace("&gt;", ">");
    Programs.together(folder, Map.of(), "bash", "-ec", SHELL + script).succeeds();
    List<Object> words = new ArrayList<>();
    for (String word : Files.readString(folder.resolve("words")).split("\0", 0)) {
      words.add(word.matches("COPY|[A-Za-z]+\\.(pem|html|yaml)") ? folder.resolve(word) : word);
    }
    return Cli.run(words.toArray());
  }

  /** The page about the tool. */
  private String page(Path image, Object... options) throws IOException {
    Path pages = folder.resolve("pages");
    Cli.ok("report", List.of(options), "-o", pages + "/", image);
    try (Stream<Path> all = Files.list(pages)) {
      for (Path one : all.filter(file -> file.toString().endsWith(".html")).toList()) {
        String html = Files.readString(one);
        if (html.contains("[tool]</h1>")) {
          return html;
        }
      }
    }
    throw new AssertionError("no page about the tool");
  }
}
