package dev.hardwire.live.trees;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands execute no other program: they do the same where none can be found. */
class NoToolsTest {
  @TempDir private Path folder;

  private String run(boolean hasTools, Object... args) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Cli.classPath(),
                "dev.hardwire.cli.Main"));
    for (Object arg : args) {
      command.add(arg.toString());
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    if (!hasTools) {
      builder.environment().put("PATH", folder.resolve("empty").toString());
    }
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  private static String attributes(Path file) {
    return Programs.output("stat", "-c", "%a %u:%g %s", file)
        + Programs.output("getfattr", "--absolute-names", "-d", "-m", "-", "-e", "hex", file)
            .replace(file.toString(), "");
  }

  @Test
  void treesAreTheSameWithoutTools() throws Exception {
    Files.createDirectory(folder.resolve("empty"));
    Path tree = Files.createDirectory(folder.resolve("tree"));
    List<String> names = List.of("plain", "setuid", "capable", "listed", "stale");
    for (String name : names) {
      Path file = Files.copy(Fixtures.named("gcc-pie").path(), tree.resolve(name));
      Programs.output("chmod", "0755", file);
    }
    Programs.output("chown", "1234:2345", tree.resolve("setuid"));
    Programs.output("chmod", "4711", tree.resolve("setuid"));
    Programs.output("setcap", "cap_net_raw=ep", tree.resolve("capable"));
    Programs.output("setfattr", "-n", "trusted.note", "-v", "1", tree.resolve("listed"));
    Programs.output("setfattr", "-n", "security.ima", "-v", "0x0102", tree.resolve("stale"));
    Path key = folder.resolve("key");
    Path certificate = folder.resolve("certificate");
    Programs.output(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:3072",
        "-nodes",
        "-subj",
        "/CN=test",
        "-days",
        9,
        "-addext",
        "extendedKeyUsage=codeSigning",
        "-keyout",
        key,
        "-out",
        certificate);
    for (boolean hasTools : new boolean[] {true, false}) {
      Path out = folder.resolve("out-" + hasTools);
      Path back = folder.resolve("back-" + hasTools);
      run(hasTools, "patch", "--deny", "uname", "-r", "--output-dir", out, tree);
      run(hasTools, "verify", "-r", out);
      Path signed = folder.resolve("signed-" + hasTools);
      run(hasTools, "sign", "--key", key, "--cert", certificate, "-r", "--output-dir", signed, out);
      run(hasTools, "verify", "-r", "--trust", certificate, signed);
      run(hasTools, "restore", "-r", "--output-dir", back, out);
    }
    for (String name : names) {
      Path with = folder.resolve("out-true").resolve(name);
      Path without = folder.resolve("out-false").resolve(name);
      Path signed = folder.resolve("signed-false").resolve(name);
      assertThat(attributes(signed).replaceFirst(" [0-9]+\n", ""))
          .isEqualTo(attributes(with).replaceFirst(" [0-9]+\n", ""));
      Path back = folder.resolve("back-false").resolve(name);
      assertThat(without).hasSameBinaryContentAs(with);
      assertThat(attributes(without)).isEqualTo(attributes(with));
      assertThat(back).hasSameBinaryContentAs(tree.resolve(name));
      if (!name.equals("stale")) {
        assertThat(attributes(back)).isEqualTo(attributes(tree.resolve(name)));
      }
    }
    assertThat(attributes(folder.resolve("out-false/capable"))).contains("security.capability");
    assertThat(attributes(folder.resolve("out-false/stale"))).doesNotContain("security.ima");
  }
}
