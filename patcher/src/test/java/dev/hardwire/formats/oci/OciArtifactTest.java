package dev.hardwire.formats.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.formats.ForeignFormats;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.testing.Cli;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Profiles as artifacts in a layout of the OCI image specification. */
class OciArtifactTest {
  private static final String POLICY =
      "version: 1\ndefault: errno EPERM\nrules:\n- allow: [read, write]\n- log: [uname]\n";

  @TempDir private Path folder;
  private Path yaml;
  private Path artifact;

  @BeforeEach
  void write() throws IOException {
    yaml = Files.writeString(folder.resolve("p.yaml"), POLICY);
    artifact = folder.resolve("artifact");
  }

  private Path manifest() throws IOException {
    for (String name : artifact.resolve("blobs/sha256").toFile().list()) {
      Path blob = artifact.resolve("blobs/sha256").resolve(name);
      if (Files.readString(blob).contains("\"layers\"")) {
        return blob;
      }
    }
    throw new AssertionError("no manifest");
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    Cli.ok("policy", "convert", "--to", "oci-artifact", "-o", artifact, yaml);
    assertThat(Files.readString(artifact.resolve("oci-layout"))).contains("1.0.0");
    assertThat(Files.readString(manifest()))
        .contains("\"application/vnd.cncf.seccomp-profile.config.v1+json\"");
    assertThat(Cli.ok("policy", "diff", yaml, artifact).out())
        .isEqualTo("the policies are equivalent\n");
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("p.yaml", "artifact");
  }

  @Test
  void anExistingDirectoryStays() throws IOException {
    Files.createDirectory(artifact);
    assertThat(Cli.run("policy", "convert", "--to", "oci-artifact", "-o", artifact, yaml).status())
        .isEqualTo(2);
    assertThat(Cli.run("policy", "convert", "--to", "oci-artifact", yaml).err())
        .contains("--to oci-artifact requires --output with the name of a new directory");
    assertThat(artifact.toFile().list()).isEmpty();
  }

  private void isRefused(String message) {
    ReadOptions options = new ReadOptions(Target.X86_64);
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> new OciArtifactFormat().read(List.of(artifact), options))
        .withMessageContaining(message);
  }

  private void make(Map<String, String> files) throws IOException {
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path path = artifact.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
    }
  }

  @Test
  void damagedArtifactsAreRefused() throws IOException {
    make(OciArtifactFormat.layout("{\"defaultAction\": \"SCMP_ACT_ALLOW\"}"));
    Path manifest = manifest();
    String text = Files.readString(manifest);
    Files.writeString(manifest, text + " ");
    isRefused("the file does not have the digest of its name");
    Files.writeString(artifact.resolve("index.json"), "{\"manifests\": []}");
    isRefused("expected one element in \"manifests\", not 0");
    Files.writeString(artifact.resolve("index.json"), "{\"manifests\": [{\"digest\": \"../x\"}]}");
    isRefused("expected a digest, as in sha256:HEX");
  }

  @Test
  void otherTypesAreRefused() throws IOException {
    Map<String, String> files = OciArtifactFormat.layout("{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
    make(files);
    assertThat(
            ForeignFormats.rules(
                new OciArtifactFormat().read(List.of(artifact), new ReadOptions(Target.X86_64))))
        .startsWith("default: allow");
    make(OciArtifactFormat.layout(" ".repeat((1 << 20) + 1)));
    isRefused("a profile has at most 1 MiB");
  }

  @Test
  void boundsOfRuntimesAreKept() {
    StringBuilder rules = new StringBuilder("version: 1\ndefault: errno EPERM\nrules:\n");
    for (int i = 0; i < 129; i++) {
      rules.append("- allow: [socket]\n  when: family == " + 2 * i + " && type == " + i + "\n");
    }
    Policy policy =
        YamlPolicyReader.read(rules.toString().getBytes(StandardCharsets.UTF_8), "p.yaml");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> new OciArtifactFormat().write(policy, Target.X86_64))
        .withMessageContaining("oci-artifact cannot express more than 128 rules for socket");
  }
}
