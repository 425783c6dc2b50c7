package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** {@code --format svg} and {@code --format dot} of explain and diff, and {@code policy size}. */
class DrawingTest {
  private static final String POLICY =
      """
      version: 1
      default: kill-process
      rules:
        - allow: [read, write, exit_group]
        - allow: [socket]
          when: family == AF_INET && type < 3
      """;

  @TempDir Path folder;

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static List<String> texts(String svg) throws Exception {
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    NodeList nodes = document.getElementsByTagName("text");
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }

  @Test
  void svgIsWellFormedWhateverTheFileIsCalled() throws Exception {
    Path policy = write("<a&\"b'>.yaml", POLICY);
    Outcome drawn = Cli.run("policy", "explain", "--format", "svg", policy);
    assertThat(drawn.status()).isZero();
    assertThat(texts(drawn.out()))
        .contains(policy.toString(), "arch == x86_64", "nr == socket", "arg1.low > 0x2")
        .contains("kill-process", "allow");
    assertThat(Cli.run("policy", "explain", "--format", "svg", policy)).isEqualTo(drawn);
    assertThat(drawn.out()).doesNotContain(" marked\"");
  }

  @Test
  void theWaysOfChosenCallsAreMarked() throws IOException {
    Path policy = write("p.yaml", POLICY);
    Outcome drawn = Cli.run("policy", "explain", "--format", "dot", policy, "socket");
    assertThat(drawn.out().lines().toList())
        .allMatch(
            line ->
                line.matches(
                    "(digraph filters|  subgraph cluster0) \\{|(  )?\\}|  (node|edge) \\[.*\\];"
                        + "|    label=\".*\";|    f0_\\d+( -> f0_\\d+)? \\[label=.*\\];"))
        .filteredOn(line -> line.contains("->") && line.contains("penwidth"))
        .containsExactly(
            "    f0_0 -> f0_2 [label=yes, penwidth=2.5];",
            "    f0_2 -> f0_4 [label=yes, penwidth=2.5];",
            "    f0_4 -> f0_6 [label=yes, penwidth=2.5];",
            "    f0_6 -> f0_11 [label=no, penwidth=2.5];");
  }

  @Test
  void filtersOfFilesAreDrawn() throws Exception {
    Path policy = write("p.yaml", POLICY);
    Path filter = folder.resolve("filter.bpf");
    assertThat(Cli.run("policy", "compile", "-o", filter, policy).status()).isZero();
    String drawn = Cli.run("policy", "explain", "--format", "svg", filter).out();
    String ofPolicy = Cli.run("policy", "explain", "--format", "svg", policy).out();
    assertThat(texts(drawn).subList(1, texts(drawn).size()))
        .isEqualTo(texts(ofPolicy).subList(1, texts(ofPolicy).size()));
    Outcome path = Cli.run("policy", "explain", "--format", "svg", policy, "/tmp");
    assertThat(path.status()).isEqualTo(2);
    assertThat(path.err()).contains("/tmp is a path: a filter sees none");
  }

  @Test
  void diffDrawsBothFilters() throws Exception {
    Path one = write("1.yaml", POLICY);
    Path other = write("2.yaml", POLICY.replace("type < 3", "type < 2"));
    Outcome drawn = Cli.run("policy", "diff", "--format", "svg", one, other);
    assertThat(drawn.status()).isEqualTo(5);
    assertThat(texts(drawn.out()))
        .contains("1: " + one, "2: " + other, "arg1.low > 0x2", "arg1.low > 0x1");
    assertThat(drawn.out()).contains(" marked\"");
    assertThat(Cli.run("policy", "diff", "--format", "dot", one, one).status()).isZero();
  }

  @Test
  void sizeSaysWhatEachRuleCosts() throws IOException {
    Path policy = write("p.yaml", POLICY);
    assertThat(Cli.run("policy", "size", policy))
        .isEqualTo(
            new Outcome(
                0,
                """
                INSTRUCTIONS  RULE
                           2  %1$s:4:5 allow: [read, write, exit_group]
                           6  %1$s:5:5 allow: [socket] when family == AF_INET && type < 3
                           1  without any rule
                          13  in all
                """
                    .formatted(policy),
                ""));
    String many = POLICY + "  - allow: [ioctl]\n    when: cmd == 1\n".repeat(1_001);
    Outcome refused = Cli.run("policy", "size", write("many.yaml", many));
    assertThat(refused.status()).isEqualTo(4);
    assertThat(refused.err()).contains("more than 1,000 rules take too long");
  }
}
