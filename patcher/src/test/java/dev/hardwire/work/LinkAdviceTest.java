package dev.hardwire.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.testing.OutsideTmp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("system")
class LinkAdviceTest {
  @TempDir(factory = OutsideTmp.class)
  private Path folder;

  private static List<String> warnings(String... paths) {
    String text = "version: 1\ndefault: allow\nlandlock:\n  read: " + List.of(paths) + "\n";
    Policy policy = YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p");
    return LinkAdvice.warnings(policy).stream().map(PolicyWarning::message).toList();
  }

  @Test
  void linksThatLeadOutOfTheRulesAreNamed() throws IOException {
    Path inside = Files.createDirectory(folder.resolve("inside"));
    Path other = Files.writeString(folder.resolve("other"), "");
    Path link = Files.createSymbolicLink(inside.resolve("link"), other);
    Files.createSymbolicLink(inside.resolve("own"), inside);
    Files.createSymbolicLink(inside.resolve("nowhere"), folder.resolve("missing"));
    assertThat(warnings(inside.toString()))
        .singleElement()
        .asString()
        .startsWith("the link " + link + " leads to " + other);
    assertThat(warnings(inside.toString(), other.toString())).isEmpty();
  }

  /** Links of processes, of this boot, and among temporary files. */
  @Test
  void linksThatComeAndGoAreNot(@TempDir Path temporary) throws IOException {
    Path other = Files.writeString(folder.resolve("other"), "");
    Files.createSymbolicLink(temporary.resolve("link"), other);
    assertThat(warnings(temporary.toString(), "/proc", "/run", "/dev")).isEmpty();
  }
}
