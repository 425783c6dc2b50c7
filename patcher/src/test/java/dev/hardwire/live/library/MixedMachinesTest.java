package dev.hardwire.live.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One policy for programs of several architectures at once. */
class MixedMachinesTest {
  private static final String PROFILE =
      """
      {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1,
       "archMap": [%s],
       "syscalls": [
         {"names": ["read", "exit_group"], "action": "SCMP_ACT_ALLOW"},
         {"names": ["sync"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm64"]}},
         {"names": ["fsync"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["arm64"]}}]}
      """;

  @TempDir Path folder;

  private Path own;
  private Path foreign;
  private Path out;

  @BeforeEach
  void programs() throws IOException {
    own = Files.copy(Path.of("/bin/true"), folder.resolve("own"));
    Fixture fixture =
        Fixtures.foreign().stream()
            .filter(f -> f.machine().equals("aarch64") && f.isDynamic())
            .findFirst()
            .orElseThrow();
    foreign = Files.copy(fixture.path(), folder.resolve("foreign"));
    out = Files.createDirectory(folder.resolve("out"));
  }

  private Path policy(String text) throws IOException {
    return Files.writeString(folder.resolve("policy"), text);
  }

  private String embedded(String name) {
    Outcome inspected = Cli.run("inspect", out.resolve(name));
    inspected.succeeds();
    return inspected.out();
  }

  @Test
  void aProfileIsReadForTheMachineOfEachFile() throws IOException {
    Path profile =
        policy(
            PROFILE.formatted(
                """
                {"architecture": "SCMP_ARCH_X86_64"}, {"architecture": "SCMP_ARCH_AARCH64"}"""));
    Outcome patched = Cli.run("patch", "--policy", profile, "--output-dir", out, own, foreign);
    patched.succeeds();
    assertThat(embedded("own")).contains("- allow: [fsync]").doesNotContain("[sync]");
    assertThat(embedded("foreign")).contains("- allow: [sync]").doesNotContain("fsync");
    Outcome verified =
        Cli.run("verify", "--policy", profile, out.resolve("own"), out.resolve("foreign"));
    assertThat(verified.status()).as(verified.out() + verified.err()).isZero();
  }

  @Test
  void aProfileThatIsNotForAMachineLeavesItsFilesAlone() throws IOException {
    Path profile =
        policy(
            PROFILE
                .formatted("")
                .replace("\"archMap\": []", "\"architectures\": [\"SCMP_ARCH_X86_64\"]"));
    Outcome patched = Cli.run("patch", "--policy", profile, "--output-dir", out, own, foreign);
    assertThat(patched.status()).isEqualTo(4);
    assertThat(patched.err())
        .contains("foreign: ")
        .contains("policy:2:19: the profile is not for aarch64; add SCMP_ARCH_AARCH64");
    assertThat(out.resolve("own")).exists();
    assertThat(out.resolve("foreign")).doesNotExist();
  }

  @Test
  void whatAListLeavesOpenIsSaidOnceOrRefused() throws IOException {
    Path another = Files.copy(foreign, folder.resolve("another"));
    String list = "open,uname";
    Outcome warned = Cli.run("patch", "--deny", list, "--output-dir", out, own, foreign, another);
    warned.succeeds();
    assertThat(warned.err().lines()) // the files are patched at the same time
        .containsExactlyInAnyOrder(
            "hardwire: warning: --deny, item 1: open is denied, but openat, openat2 can do the same"
                + " and are allowed",
            "hardwire: warning: --deny, item 1: \"open\" is not a call of aarch64, where openat"
                + " does the same and is not denied; name it, or set map_missing_calls");
    Outcome empty = Cli.run("patch", "--deny", "open", "-o", out.resolve("empty"), foreign);
    assertThat(empty.status()).isEqualTo(4);
    assertThat(empty.err()).contains("--deny, item 1: the rule names no call of aarch64");
    assertThat(out.resolve("empty")).doesNotExist();
    Outcome strict =
        Cli.run("patch", "--deny", list, "--strict", "-o", out.resolve("strict"), foreign);
    assertThat(strict.status()).isEqualTo(4);
    assertThat(strict.err()).contains("--deny, item 1: \"open\" is not a call of aarch64");
    assertThat(out.resolve("strict")).doesNotExist();
  }

  @Test
  void callsAreMappedIfAskedFor() throws IOException {
    Path policy = policy("version: 1\ndefault: allow\nrules:\n  - errno EPERM: [open]\n");
    Outcome patched =
        Cli.run(
            "patch",
            "--policy",
            policy,
            "--map-missing-calls",
            "--strict",
            "--output-dir",
            out,
            own,
            foreign);
    patched.succeeds();
    assertThat(embedded("own")).contains("- errno EPERM: [open]").doesNotContain("map_missing");
    assertThat(embedded("foreign"))
        .contains("- errno EPERM: [openat]")
        .doesNotContain("map_missing");
    for (String name : new String[] {"own", "foreign"}) {
      Path file = out.resolve(name);
      Outcome mapped = Cli.run("verify", "--policy", policy, "--map-missing-calls", file);
      assertThat(mapped.status()).as(mapped.out()).isZero();
    }
    assertThat(Cli.run("verify", "--policy", policy, out.resolve("foreign")).status()).isEqualTo(5);
  }
}
