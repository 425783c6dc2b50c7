package dev.hardwire.formats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.CallText;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.prove.PolicyCheck;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The intents in the manner of pledge(2). */
class PledgeIntentsTest {
  /** Of one intent each. */
  private static final Map<String, Filter> FILTERS = new HashMap<>();

  private static final List<String> NAMES =
      List.of(
          "stdio",
          "rpath",
          "wpath",
          "cpath",
          "fattr",
          "chown",
          "flock",
          "inet",
          "unix",
          "dns",
          "getpw",
          "tty",
          "proc",
          "exec",
          "prot-exec",
          "settime",
          "id");

  private static Policy policy(List<String> intents) {
    String list =
        intents.stream().map(name -> "\"@pledge-" + name + "\"").collect(Collectors.joining(", "));
    String text = "version: 1\ndefault: kill-process\nrules:\n  - allow: [" + list + "]\n";
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p.yaml");
  }

  @ParameterizedTest
  @EnumSource
  void areValidOnEveryArchitectureWithoutNoise(Target architecture) {
    Policy policy = policy(NAMES);
    assertThat(policy.rules()).allMatch(rule -> rule.reason().isPresent());
    assertThat(PolicyCheck.warnings(ResolvedPolicy.of(policy, architecture)))
        .allMatch(warning -> warning.message().contains(" are in memory, where a filter cannot"));
    Policy pinned = ResolvedPolicy.pinned(policy, architecture);
    ResolvedPolicy resolved = ResolvedPolicy.of(pinned, architecture);
    assertThat(FilterProof.check(FilterCompiler.compile(pinned, architecture), resolved)).isEmpty();
    byte[] text = YamlPolicyWriter.write(pinned).getBytes(StandardCharsets.UTF_8);
    assertThat(YamlPolicyReader.read(text, "again")).isEqualTo(pinned);
  }

  @ParameterizedTest
  @EnumSource
  void startsAreValidOnEveryArchitecture(Target architecture) {
    for (String start : List.of("@start-glibc", "@start-musl")) {
      String text = "version: 1\ndefault: kill-process\nrules:\n  - allow: [\"" + start + "\"]\n";
      Policy policy = YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p.yaml");
      assertThat(policy.rules()).allMatch(rule -> rule.reason().isPresent());
      assertThat(PolicyCheck.warnings(ResolvedPolicy.of(policy, architecture))).isEmpty();
    }
  }

  /** As pledge(2) of OpenBSD has it, as far as a filter can see it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "stdio;read(3, 0, 1);allow",
        "stdio;openat(AT_FDCWD, 0, O_RDONLY);kill-process",
        "stdio;mmap(0, 4096, PROT_READ, MAP_PRIVATE);allow",
        "stdio;mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE);kill-process",
        "stdio;socket(AF_INET, SOCK_STREAM, 0);kill-process",
        "stdio;socketpair(AF_UNIX, SOCK_STREAM, 0);allow",
        "stdio;sendto(3, 1, 1, 0, 0);allow",
        "stdio;sendto(3, 1, 1, 0, 1);kill-process",
        "stdio;fcntl(3, F_SETLK);kill-process",
        "stdio;fcntl(3, F_SETFD, 1);allow",
        "stdio;ioctl(0, TIOCSTI);kill-process",
        "stdio;clone(CLONE_THREAD | CLONE_VM);allow",
        "stdio;clone(0);kill-process",
        "stdio;kill(1, 9);kill-process",
        "stdio;prlimit64(0, 1, 0, 1);allow",
        "stdio;prlimit64(0, 1, 1, 0);kill-process",
        "stdio;execve(1);kill-process",
        "rpath;openat(AT_FDCWD, 1, O_RDONLY | O_CLOEXEC);allow",
        "rpath;openat(AT_FDCWD, 1, O_RDWR);kill-process",
        "rpath;openat(AT_FDCWD, 1, O_RDONLY | O_CREAT);kill-process",
        "rpath;openat(AT_FDCWD, 1, O_TMPFILE | O_RDWR);kill-process",
        "wpath;openat(AT_FDCWD, 1, O_WRONLY | O_TRUNC);allow",
        "wpath;openat(AT_FDCWD, 1, O_WRONLY | O_CREAT);kill-process",
        "wpath;openat(AT_FDCWD, 1, O_TMPFILE | O_RDWR);kill-process",
        "wpath;openat(AT_FDCWD, 1, O_DIRECTORY | O_RDWR);allow",
        "wpath;openat(AT_FDCWD, 1, O_RDONLY);kill-process",
        "cpath;openat(AT_FDCWD, 1, O_WRONLY | O_CREAT);allow",
        "cpath;openat(AT_FDCWD, 1, O_TMPFILE | O_RDWR);allow",
        "cpath;openat(AT_FDCWD, 1, O_RDWR);kill-process",
        "cpath;mkdirat(AT_FDCWD, 1);allow",
        "flock;fcntl(3, F_SETLKW);allow",
        "flock;fcntl(3, F_SETOWN);kill-process",
        "inet;socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);allow",
        "inet;socket(AF_INET, SOCK_RAW, 1);kill-process",
        "inet;socket(AF_UNIX, SOCK_STREAM, 0);kill-process",
        "unix;socket(AF_UNIX, SOCK_STREAM, 0);allow",
        "unix;socket(AF_NETLINK, SOCK_RAW, 0);kill-process",
        "dns;socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);allow",
        "dns;socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);kill-process",
        "tty;ioctl(0, TIOCGWINSZ);allow",
        "tty;ioctl(0, TIOCSTI);kill-process",
        "proc;clone(SIGCHLD);allow",
        "proc;clone(CLONE_NEWUSER);kill-process",
        "proc;execve(1);kill-process",
        "exec;execve(1);allow",
        "prot-exec;mmap(0, 4096, PROT_EXEC);allow",
        "settime;clock_settime(0);allow",
        "id;setuid(0);allow",
        "chown;fchownat(AT_FDCWD, 1);allow",
        "fattr;fchmodat(AT_FDCWD, 1);allow",
        "getpw;openat(AT_FDCWD, 1, O_RDONLY);allow",
      })
  void allowWhatTheyPromise(String intent, String call, String decision) {
    Filter filter =
        FILTERS.computeIfAbsent(
            intent, name -> FilterCompiler.compile(policy(List.of(name)), Target.X86_64));
    assertThat(
            Emulator.run(filter, CallText.parse(call, Target.X86_64, i -> Position.NONE)).verdict())
        .hasToString(decision);
  }
}
