package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.Policies;
import dev.hardwire.arch.Target;
import dev.hardwire.filter.prove.PolicyCheck;
import dev.hardwire.filter.resolve.CallReplacements;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.Preset;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The policies that are part of Hardwire: what they decide, and the options that name them. */
class PresetTest {
  /** What may be said of a policy on architectures that lack calls of x86-64. */
  private static final String DIFFERENCE =
      ".*(is not visible in .*"
          + "|are in memory, where a filter cannot see them: .*"
          + "|the condition always holds for mmap; remove it"
          + "|this rule can never match openat: .*)";

  @TempDir private Path folder;

  @Test
  void theListHasALineForEach() {
    List<String> lines = Cli.ok("policy", "presets").out().lines().toList();
    assertThat(lines).hasSameSizeAs(Preset.values());
    for (Preset preset : Preset.values()) {
      assertThat(lines)
          .anySatisfy(
              line ->
                  assertThat(line)
                      .startsWith(preset + " ")
                      .endsWith(preset.summary())
                      .endsWith(".")
                      .hasSizeLessThanOrEqualTo(120));
    }
    assertThat(Policies.presets()).hasSameSizeAs(Preset.values()).contains("no-exec");
  }

  @ParameterizedTest
  @EnumSource
  void eachIsAFileToStartFrom(Preset preset) throws IOException {
    String yaml = Cli.ok("policy", "presets", preset).out();
    assertThat(yaml).startsWith("# ").contains("\nname: " + preset + "\n").endsWith("\n");
    assertThat(yaml.lines()).allMatch(line -> line.length() <= 120).hasSizeLessThan(40);
    Path file = Files.writeString(folder.resolve("policy.yaml"), yaml);
    assertThat(Policies.read(file)).isEqualTo(Policies.preset(preset.toString()));
    Outcome checked = Cli.run("policy", "check", "--strict", file);
    checked.succeeds();
    assertThat(checked.out()).startsWith(file + ": valid; ");
  }

  @ParameterizedTest
  @EnumSource
  void eachIsForEveryArchitecture(Preset preset) {
    for (Target architecture : Target.values()) {
      List<PolicyWarning> warnings = new ArrayList<>();
      warnings.addAll(CallReplacements.of(preset.policy(), architecture).warnings());
      warnings.addAll(PolicyCheck.warnings(ResolvedPolicy.of(preset.policy(), architecture)));
      assertThat(warnings)
          .as("%s on %s", preset, architecture)
          .allSatisfy(warning -> assertThat(warning.message()).matches(DIFFERENCE));
    }
  }

  /** A preset, a call, and what it decides of it. */
  private static final List<String> DECISIONS =
      List.of(
          "no-exec        ; execve                                        ; kill-process",
          "no-exec        ; execveat                                      ; kill-process",
          "no-exec        ; fork                                          ; allow",
          "no-network     ; socket(AF_UNIX, SOCK_STREAM, 0)               ; allow",
          "no-network     ; socket(AF_INET, SOCK_STREAM, 0)               ; errno EAFNOSUPPORT",
          "no-network     ; socket(AF_PACKET, SOCK_RAW, 0)                ; errno EAFNOSUPPORT",
          "no-network     ; io_uring_setup                                ; errno ENOSYS",
          "no-new-code    ; mmap(0, 4096, PROT_READ|PROT_EXEC, 2, 3, 0)   ; allow",
          "no-new-code    ; mmap(0, 4096, PROT_WRITE|PROT_EXEC, 2, 3, 0)  ; errno EPERM",
          "no-new-code    ; mprotect(0, 4096, PROT_READ)                  ; allow",
          "no-new-code    ; mprotect(0, 4096, PROT_EXEC)                  ; errno EPERM",
          "no-new-code    ; pkey_mprotect(0, 4096, PROT_EXEC, 1)          ; errno EPERM",
          "no-new-code    ; shmat(1, 0, SHM_EXEC)                         ; errno EPERM",
          "read-only      ; openat(3, 0, O_RDONLY, 0)                     ; allow",
          "read-only      ; openat(3, 0, O_RDWR, 0)                       ; errno EROFS",
          "read-only      ; open(0, O_WRONLY, 0)                          ; errno EROFS",
          "read-only      ; open(0, O_CREAT, 0)                           ; errno EROFS",
          "read-only      ; openat2                                       ; errno ENOSYS",
          "read-only      ; renameat2                                     ; errno EROFS",
          "read-only      ; fchown                                        ; errno EROFS",
          "read-only      ; mount                                         ; errno EPERM",
          "read-only      ; write                                         ; allow",
          "stdio          ; read                                          ; allow",
          "stdio          ; openat(3, 0, O_RDONLY, 0)                     ; errno EPERM",
          "stdio          ; newfstatat(3, 0, 0, AT_EMPTY_PATH)            ; allow",
          "stdio          ; newfstatat(3, 0, 0, 0)                        ; errno EPERM",
          "stdio          ; clone(CLONE_THREAD, 0, 0, 0, 0)               ; allow",
          "stdio          ; clone(0, 0, 0, 0, 0)                          ; errno EPERM",
          "stdio          ; fork                                          ; errno EPERM",
          "stdio          ; socket(AF_UNIX, SOCK_STREAM, 0)               ; errno EPERM",
          "stdio          ; execve                                        ; kill-process",
          "cli-tool       ; execve                                        ; allow",
          "cli-tool       ; socket(AF_UNIX, SOCK_STREAM, 0)               ; allow",
          "cli-tool       ; socket(AF_INET, SOCK_DGRAM, 0)                ; errno EAFNOSUPPORT",
          "cli-tool       ; ptrace                                        ; kill-process",
          "cli-tool       ; mount                                         ; kill-process",
          "cli-tool       ; bpf                                           ; kill-process",
          "cli-tool       ; acct                                          ; errno EPERM",
          "cli-tool       ; 4000                                          ; errno ENOSYS",
          "network-client ; socket(AF_INET6, SOCK_STREAM|SOCK_CLOEXEC, 0) ; allow",
          "network-client ; socket(AF_INET, SOCK_RAW, 0)                  ; errno EAFNOSUPPORT",
          "network-client ; socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)   ; allow",
          "network-client ; socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT)   ; errno EAFNOSUPPORT",
          "network-client ; listen                                        ; errno EPERM",
          "network-client ; accept4                                       ; errno EPERM",
          "network-client ; connect                                       ; allow",
          "network-client ; execve                                        ; kill-process",
          "network-server ; listen                                        ; allow",
          "network-server ; setuid                                        ; allow",
          "network-server ; chroot                                        ; allow",
          "network-server ; execve                                        ; kill-process",
          "network-server ; unshare                                       ; kill-process",
          "network-server ; socket(AF_ALG, SOCK_SEQPACKET, 0)             ; errno EAFNOSUPPORT",
          "database       ; execve                                        ; errno EPERM",
          "database       ; shmat(1, 0, 0)                                ; allow",
          "database       ; io_submit                                     ; allow",
          "database       ; io_uring_setup                                ; errno ENOSYS",
          "database       ; chroot                                        ; kill-process");

  /** The presets of the table. */
  private static Stream<String> decided() {
    return DECISIONS.stream().map(row -> cells(row).get(0)).distinct();
  }

  private static List<String> cells(String row) {
    return Stream.of(row.split(";", -1)).map(String::strip).toList();
  }

  @ParameterizedTest
  @MethodSource("decided")
  void decides(String preset) throws IOException {
    Path file = folder.resolve("policy.yaml");
    Files.writeString(file, Cli.ok("policy", "presets", preset).out());
    List<List<String>> rows =
        DECISIONS.stream()
            .map(PresetTest::cells)
            .filter(cells -> cells.get(0).equals(preset))
            .toList();
    List<String> calls = rows.stream().map(cells -> cells.get(1)).toList();
    List<String> lines = Cli.ok("emulate", "--policy", file, calls).out().lines().toList();
    assertThat(lines).hasSameSizeAs(rows);
    for (int i = 0; i < rows.size(); i++) {
      assertThat(lines.get(i)).contains(": " + rows.get(i).get(2) + " (");
    }
  }

  @Test
  void everyCommandThatEmbedsAPolicyTakesOne() {
    for (String command : new String[] {"library", "launcher"}) {
      Path out = folder.resolve(command);
      assertThat(Cli.ok(command, "--preset", "no-exec", "-o", out).out()).startsWith(out + ": ");
    }
    Path wired = folder.resolve("wired");
    Cli.ok("patch", "--preset", "no-exec", "-o", wired, "/bin/true");
    assertThat(Cli.ok("inspect", wired).out()).contains("name: \"no-exec\"");
    assertThat(Cli.ok("verify", "--preset", "no-exec", wired).out()).contains("required-policy: ");
    Outcome other = Cli.run("verify", "--preset", "no-network", wired);
    assertThat(other.status()).isEqualTo(5);
    assertThat(other.out()).contains("FAIL required-policy: ").endsWith("  NOT VERIFIED\n");
  }

  @Test
  void aManifestNamesOne() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Path program = tree.resolve("true");
    Files.copy(Path.of("/bin/true"), program);
    Path manifest = folder.resolve("manifest.yaml");
    String head = "version: 1\nroot: tree\nfiles:\n  - match: 'true'\n";
    Files.writeString(manifest, head + "    preset: no-network\n");
    Cli.ok("apply", manifest);
    Cli.ok("verify", "--preset", "no-network", program);
    Files.writeString(manifest, head + "    preset: no-netwrk\n");
    assertThat(Cli.run("apply", manifest).err())
        .startsWith("hardwire: " + manifest + ":5:13: ")
        .contains("no-netwrk");
    Files.writeString(manifest, head + "    preset: no-exec\n    policy: p.yaml\n");
    assertThat(Cli.run("apply", manifest).err())
        .startsWith("hardwire: " + manifest + ":5:13: an entry has a policy, a preset or derive");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--preset no-exec --deny uname        | --preset and --deny cannot be used together",
        "--preset no-exec --policy nowhere    | --preset and --policy cannot be used together",
        "--preset no-exec --default-action log | --default-action and --preset cannot be used"
            + " together",
        "--preset no-exe | expected one of no-exec, no-network, ",
        "--preset= | expected one of no-exec, no-network, ",
      })
  void wrongOptionsAreRefused(String options, String message) {
    Path out = folder.resolve("out");
    Outcome outcome =
        Cli.run("patch", Stream.of(options.split(" ", -1)).toList(), "-o", out, "/bin/true");
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).startsWith("hardwire: ").contains(message);
    assertThat(out).doesNotExist();
  }

  @Test
  void verifyTakesAPresetOrAPolicy() {
    Outcome outcome = Cli.run("verify", "--preset", "no-exec", "--policy", "nowhere", "/bin/true");
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err())
        .startsWith("hardwire: --preset and --policy cannot be used together\n");
  }

  @Test
  void theLibraryKnowsThem() {
    assertThat(Policies.preset("no-exec").name()).isEqualTo("no-exec");
    assertThatThrownBy(() -> Policies.preset("nothing"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("not one of [no-exec, ");
  }
}
