package dev.hardwire.filter.prove;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PolicyCheckTest {
  private static final String HEAD = "version: 1\ndefault: trap\nrules:\n  - allow: [exit_group]\n";

  private static ResolvedPolicy resolve(String yaml) {
    return ResolvedPolicy.of(
        YamlPolicyReader.read(yaml.getBytes(StandardCharsets.UTF_8), "p"), Target.X86_64);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "- allow: [socketcall]\\n"
            + "  - allow: [socket]\\n"
            + "    when: family == 2 | p:5:13 | socket | p:6:5",
        "- allow: [socketcall]\\n  - errno EPERM: [bind] | p:5:13 | bind | p:6:5",
        "- allow: [socket]\\n"
            + "    when: family == 2\\n"
            + "  - log: [socketcall] | p:7:11 | socket | p:5:5",
        "- errno EPERM: [bind]\\n  - allow: [socketcall] | | | ",
        "- allow: [socketcall]\\n    when: call == 2\\n  - errno EPERM: [bind] | | | ",
        "- allow: [socket, socketcall]\\n  - errno EPERM: [shmget] | | | ",
      })
  void aCallThatPassesOthersByTheirRules(String rules, String at, String call, String other) {
    String yaml = HEAD + "  " + rules.replace("\\n", "\n") + "\n";
    List<String> found =
        PolicyCheck.warnings(
                ResolvedPolicy.of(
                    YamlPolicyReader.read(yaml.getBytes(StandardCharsets.UTF_8), "p"), Target.I386))
            .stream()
            .map(PolicyWarning::toString)
            .filter(warning -> warning.contains("whatever its arguments"))
            .toList();
    if (at == null) {
      assertThat(found).isEmpty();
    } else {
      assertThat(found)
          .containsExactly(
              "%s: socketcall allows %s whatever its arguments, but the rule at %s checks them;"
                      .formatted(at, call, other)
                  + " list the calls instead, or add a condition on its first argument");
    }
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of(
            "  - allow: [read]\n  - log: [read]\n    when: fd == 1\n",
            "p:6:11: this rule can never match read: the rule at p:5:5 decides it first; remove"
                + " it"),
        Arguments.of(
            "  - allow: [read]\n    when: fd <= 5\n  - log: [read]\n    when: fd > 1 && fd < 4\n",
            "p:7:11: this rule can never match read: earlier rules decide every such call; remove"
                + " it"),
        Arguments.of(
            "  - allow: [\"@sync\"]\n  - log: [\"@sync\"]\n",
            "p:6:5: this rule can never match: earlier rules decide all of its calls; remove it"),
        Arguments.of(
            "  - allow: [read]\n    when: fd == 1 && fd == 2\n",
            "p:6:11: the condition never holds for read; correct it or remove the rule"),
        Arguments.of(
            "  - allow: [read]\n    when: fd < 5 || fd >= 5\n",
            "p:6:11: the condition always holds for read; remove it"),
        Arguments.of(
            "  - allow: [read]\n    when: (fd & 4) == 3\n",
            "p:6:12: the condition never holds for read; correct it or remove the rule"),
        Arguments.of(
            "  - allow: [read]\n    when: fd == 0x100000001\n",
            "p:6:17: 0x100000001 does not fit the 32 bits of the argument"),
        Arguments.of(
            "  - allow: [chmod]\n    when: mode & 0x10000\n",
            "p:6:18: 0x10000 has bits that mode does not have"),
        Arguments.of(
            "  - allow: [socket]\n    when: u64(domain) == AF_INET\n",
            "p:6:15: the kernel uses 32 bits of domain of socket, u64 compares 64: the other"
                + " bits are not checked"),
        Arguments.of(
            "  - allow: [lseek]\n    when: u32(offset) == 5\n",
            "p:6:15: u32 compares 32 of the 64 bits of offset of lseek"),
        Arguments.of(
            "  - allow: [read]\n    when: arg4 == 5\n", "p:6:11: read has only 3 arguments"),
        Arguments.of(
            "  - allow: [prctl]\n    when: arg2 == 5\n",
            "p:6:11: arg2 counts from 0: it is the manual's arg3 of prctl; write the name"),
        Arguments.of(
            "  - allow: [mmap]\n    when: (flags & PROT_EXEC) == 0\n",
            "p:6:20: PROT_EXEC is no constant of flags of mmap; those begin with MAP_"),
        Arguments.of(
            "  - trap: [uprobe]\n",
            "p:5:12: Linux 6.18 and newer let uprobe through every filter, whatever a policy says"),
        Arguments.of(
            "  - allow: [cacheflush]\n",
            "p:5:13: \"cacheflush\" is not a call of x86_64; it is ignored"),
        Arguments.of(
            "  - allow: [cacheflush]\n", "p:5:5: the rule names no call of x86_64; remove it"),
        Arguments.of(
            "  - allow: [\"@sync\", \"~@sync\"]\n",
            "p:5:5: the rule names no call of x86_64; remove it"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void warnsWithThePlace(String rules, String warning) {
    assertThat(PolicyCheck.warnings(resolve(HEAD + rules)))
        .extracting(PolicyWarning::toString)
        .contains(warning);
  }

  static Stream<Arguments> deadEnds() {
    String end = "exit_group is not allowed: the program cannot end; allow it";
    String write =
        "write is not allowed: neither the program nor the stub can report an error; allow it";
    String signal =
        "rt_sigreturn is not allowed: rt_sigaction is, so the program would not survive its first"
            + " signal handler; allow it";
    return Stream.of(
        Arguments.of("version: 1\ndefault: trap\nrules:\n  - allow: [write]\n", "p:2:10: " + end),
        Arguments.of("version: 1\ndefault: trap\nrules:\n  - allow: [writev]\n", "p:2:10: " + end),
        Arguments.of(HEAD, "p:2:10: " + write),
        Arguments.of(
            "version: 1\ndefault: allow\nrules:\n  - trap: [read, exit_group]\n", "p:4:18: " + end),
        Arguments.of(
            "version: 1\ndefault: allow\nrules:\n  - trap: [\"@process\", exit_group]\n",
            "p:4:24: " + end),
        Arguments.of(HEAD + "  - allow: [rt_sigaction, write]\n", "p:2:10: " + signal),
        Arguments.of(
            HEAD + "  - allow: [\"@signal\", \"~rt_sigreturn\", write]\n", "p:2:10: " + signal),
        Arguments.of(
            "version: 1\ndefault: allow\nrules:\n  - errno EPERM: [rt_sigreturn]\n",
            "p:4:19: " + signal));
  }

  @ParameterizedTest
  @MethodSource("deadEnds")
  void warnsOfAProgramThatIsStoppedWhateverItDoes(String policy, String warning) {
    assertThat(PolicyCheck.warnings(resolve(policy)))
        .extracting(PolicyWarning::toString)
        .containsExactly(warning);
  }

  @Test
  void aPolicyThatAllowsNothingStopsProgramsInTwoWays() {
    assertThat(PolicyCheck.warnings(resolve("version: 1\ndefault: trap\nrules: []\n")))
        .extracting(PolicyWarning::message)
        .containsExactly(
            "exit_group is not allowed: the program cannot end; allow it",
            "write is not allowed: neither the program nor the stub can report an error; allow it");
  }

  @Test
  void isSilentAboutGoodPolicies() {
    String good =
        HEAD
            + "  - errno EPERM: [socket]\n    when: domain == AF_VSOCK\n"
            + "  - allow: [\"@system-service\"]\n"
            + "  - log: [\"@network-io\", ptrace]\n";
    assertThat(PolicyCheck.warnings(resolve(good))).isEmpty();
  }

  /** The kernel makes these files anew. */
  @Test
  void rulesBelowProcMayBeForgotten() {
    String policy =
        """
        version: 1
        default: allow
        rules:
          - errno EPERM: [uname]
        landlock:
          read: [/proc, /proc/self, /proc/sys/vm, /process]
          write: [/proc/self/comm]
        """;
    assertThat(PolicyCheck.warnings(resolve(policy)))
        .extracting(Object::toString)
        .satisfiesExactly(
            first -> assertThat(first).contains(":6:17").contains("may forget this rule"),
            second -> assertThat(second).contains(":7:11").contains("may forget this rule"));
  }

  /** The filter is the same on every kernel. */
  @Test
  void socketsThatAnAcceptedKernelCouldNotRestrictAreRefusedWithAWarning() {
    String policy =
        "version: 1\ndefault: allow\nlandlock: {connect-udp: [53], connect-unix: [/run],"
            + " scope: [abstract-unix-socket], KERNEL}\n";
    assertThat(PolicyCheck.warnings(resolve(policy.replace("KERNEL", "kernel: {at-least: 9}"))))
        .extracting(PolicyWarning::message)
        .containsExactly(
            "kernels with ABI 9 of Landlock are accepted, and do not restrict UDP ports; it takes"
                + " ABI 10",
            "other-sockets: deny refuses UDP sockets, since kernels without ABI 10 of Landlock are"
                + " accepted, which could not restrict them; require ABI 10, or allow other"
                + " sockets");
    assertThat(PolicyCheck.warnings(resolve(policy.replace("KERNEL", "kernel: require"))))
        .isEmpty();
    String open = "kernel: {at-least: 6}, other-sockets: allow, log-denials: all";
    assertThat(PolicyCheck.warnings(resolve(policy.replace("KERNEL", open))))
        .extracting(PolicyWarning::message)
        .containsExactly(
            "kernels with ABI 6 of Landlock are accepted, and do not restrict the log of denials,"
                + " unix sockets with a path, UDP ports; it takes ABI 10");
  }

  /** What a section means only from an erratum on, or only without one. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          connect: [1], other-sockets: allow | erratum 1
          connect: [1]                       | ''
          scope: [signal]                    | erratum 2
          scope: [abstract-unix-socket]      | ''
          read: [/]                          | ''
          write: []                          | ''
          write: [/tmp]                      | erratum 3 erratum 4
          """)
  void errataAreNoted(String keys, String errata) {
    String text = "version: 1\ndefault: allow\nlandlock: {" + keys + "}\n";
    Policy policy = YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p");
    String found =
        LandlockErrata.notes(policy).stream()
            .map(note -> note.message().replaceAll(".*(erratum \\d).*", "$1"))
            .collect(Collectors.joining(" "));
    assertThat(found).isEqualTo(errata);
  }
}
