package dev.hardwire.live.patch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.Hardwire;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.Takes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that executes itself adds its filters each time, until the kernel refuses them. */
class RepeatedStartTest {
  @TempDir private Path dir;

  @BeforeEach
  void nothingElseCounts() throws IOException {
    assertThat(Files.readString(Path.of("/proc/self/status"))).contains("\nSeccomp:\t0\n");
    assertThat(Path.of("/proc/sys/net/core/bpf_jit_harden")).content().startsWith("0");
  }

  private static List<String> denying(String... calls) {
    return List.of("--deny", String.join(",", calls));
  }

  /** Starts it until it fails; returns how often it was started. */
  private long starts(Path program) throws IOException {
    return starts(program, "seccomp(SECCOMP_SET_MODE_FILTER)", -12);
  }

  private long starts(Path program, String failing, int result) throws IOException {
    Path script = dir.resolve("script");
    Files.writeString(script, "echo start\nexec " + program + " " + script + "\n");
    Outcome outcome = Programs.run(program, script);
    outcome.fails(
        126,
        "hardwire: %s failed, so the program was not started; the call returned %d\n"
            .formatted(failing, result));
    return outcome.out().lines().count();
  }

  private Path patched(Path program, List<String> policy, String... options) {
    Path out = dir.resolve("wired" + policy.hashCode() + options.length);
    Cli.ok("patch", policy, List.of(options), "-o", out, program);
    return out;
  }

  /** So many calls that a few hundred starts are too many. */
  @Test
  void inspectSaysHowOften() throws IOException {
    List<String> policy =
        denying(
            "uname",
            "ptrace",
            "syslog",
            "personality",
            "vhangup",
            "pivot_root",
            "acct",
            "mount",
            "swapon",
            "reboot",
            "iopl",
            "quotactl",
            "migrate_pages",
            "keyctl",
            "unshare",
            "vmsplice",
            "perf_event_open",
            "setns",
            "kcmp",
            "bpf",
            "userfaultfd",
            "io_uring_setup",
            "fsopen",
            "pidfd_open");
    Path program = patched(Path.of("/bin/dash"), policy);
    int starts = Hardwire.inspect(program).startsInARow();
    assertThat(starts).isBetween(100, 1_000);
    assertThat(starts(program)).isEqualTo(starts);
    assertThat(Cli.ok("inspect", program).out())
        .contains("  starts    %d in a row at most\n".formatted(starts));
    assertThat(Cli.ok("inspect", "--json", program).out())
        .contains("\"startsInARow\": %d,".formatted(starts));
  }

  /** The kernel takes 16 layers of Landlock's rules. */
  @Test
  @Takes(KernelFeature.SCOPE)
  void rulesOfLandlockCount() throws IOException {
    String start = "version: 1\ndefault: allow\nrules: []\nlandlock: {%s}\n";
    Path policy = dir.resolve("policy.yaml");
    Files.writeString(policy, start.formatted("read: [/], execute: [/]"));
    Path program = patched(Path.of("/bin/dash"), List.of("--policy", policy.toString()));
    assertThat(Hardwire.inspect(program).startsInARow()).isEqualTo(16);
    assertThat(starts(program, "landlock_restrict_self", -7)).isEqualTo(16);
    String phase =
        "phases: [{name: a, at: main, default: allow, rules: [], landlock: {scope: [signal]}}]\n";
    Files.writeString(policy, start.formatted("read: [/]") + phase);
    Path twice = patched(Path.of("/bin/dash"), List.of("--policy", policy.toString()), "--strict");
    assertThat(Hardwire.inspect(twice).startsInARow()).isEqualTo(8);
    Files.writeString(policy, start.formatted("read: [/], kernel: {at-least: 5, below: warn}"));
    Path maybe =
        patched(Path.of("/bin/dash"), List.of("--policy", policy.toString()), "--hook", "init");
    assertThat(Hardwire.inspect(maybe).startsInARow()).isGreaterThan(16);
  }

  @Test
  void conditionsAndStacksCount() throws IOException {
    String conditions =
        IntStream.range(0, 12)
            .mapToObj(
                i ->
                    "  - errno EPERM: [%s]\n    when: \"%s\"\n"
                        .formatted(
                            List.of("socket", "prctl", "ioctl", "fcntl").get(i % 4),
                            i % 3 == 0
                                ? "(arg1 & 0x%x) != 0 && unsigned(arg1) > 0xf0000000"
                                    .formatted(0x8000000f - i)
                                : "arg2 == 0x%xabcdef0%d".formatted(i, i)))
            .collect(Collectors.joining());
    Path policy = dir.resolve("policy.yaml");
    Files.writeString(policy, "version: 1\ndefault: allow\nrules:\n" + conditions);
    Path inner = patched(Path.of("/bin/dash"), List.of("--policy", policy.toString()));
    Path both = patched(inner, denying("uname"), "--stack");
    int starts = Hardwire.inspect(both).startsInARow();
    assertThat(starts).isLessThan(Hardwire.inspect(inner).startsInARow());
    assertThat(starts(both)).isEqualTo(starts);
  }
}
