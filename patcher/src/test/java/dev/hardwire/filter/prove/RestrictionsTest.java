package dev.hardwire.filter.prove;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hardwire.filter.prove.explain.ExplainedCall;
import dev.hardwire.filter.prove.explain.RestrictionExplanation;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestrictionsTest {
  private static final String START = "version: 1\ndefault: allow\nrules: []\n";

  private static Policy read(String text) {
    byte[] bytes = (START + text.replace("; ", "\n")).getBytes(StandardCharsets.UTF_8);
    return YamlPolicyReader.read(bytes, "p.yaml");
  }

  private static String exceeding(String policy, String bound) {
    return Restrictions.exceeding(List.of(read(policy)), read(bound)).orElse("");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          landlock: {read: [/a/b]}         | landlock: {read: [/a]}
          landlock: {read: [/a]}           | landlock: {read: [/]}
          landlock: {read: []}             | landlock: {write: [/a]}
          landlock: {read: [.], write: [.]} | landlock: {read: [., /x], write: [.]}
          landlock: {read: [/a], connect: [1]} | landlock: {connect: [1, 2]}
          landlock: {bind: []}             | landlock: {connect: [1], kernel: {at-least: 4}}
          landlock: {scope: [signal, abstract-unix-socket]} | landlock: {scope: [signal]}
          landlock: {connect-udp: [53]}    | landlock: {connect-udp: [53, 54], bind-udp: [0, 1]}
          landlock: {connect-udp: [53], bind-udp: []} | landlock: {connect-udp: [53]}
          landlock: {connect-unix: [/run/x], other-sockets: allow} | landlock: {connect-unix: [/run], other-sockets: allow}
          landlock: {read: [/a], log-denials: none} | landlock: {read: [/a]}
          landlock: {read: [/a]}           | landlock: {read: [/a], kernel: {at-least: 7, below: warn}}
          landlock: {read: [/a]}           | limits: {dumpable: true}
          limits: {core: 0}                | limits: {core: 10}
          limits: {close-from: 3, keep: [7]} | limits: {close-from: 5, keep: [7]}
          limits: {close-from: 5}          | limits: {close-from: 3, keep: [3, 4]}
          limits: {dumpable: false, no-write-execute: true} | limits: {no-write-execute: true}
          seal: true                       | seal: true
          seal: true                       | limits: {dumpable: true}
          capabilities: {keep: [chown]}    | capabilities: {keep: [kill, chown]}
          capabilities: {keep: [], securebits: [noroot]} | capabilities: {keep: []}
          """)
  void whatIsWithinABound(String policy, String bound) {
    assertThat(exceeding(policy, bound)).isEmpty();
    assertThat(exceeding(policy, policy)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          limits: {core: 0}         | landlock: {read: [/a]} | files that the policy does not restrict
          landlock: {bind: []}      | landlock: {read: [/a]} | files that the policy does not restrict
          landlock: {read: [/ab]}   | landlock: {read: [/a]} | to read /ab
          landlock: {write: [/a]}   | landlock: {read: [/a]} | to write /a
          landlock: {read: [/proc/self/root]} | landlock: {read: [/proc]} | to read /proc/self/root
          landlock: {read: [/proc/1/task/7/cwd/x]} | landlock: {read: [/proc]} | to read /proc/1/task/7/cwd/x
          landlock: {read: [/dev/fd]} | landlock: {read: [/dev]} | to read /dev/fd
          landlock: {write: [/var/run]} | landlock: {write: [/var]} | to write /var/run
          no_new_privs: false       | no_new_privs: true     | programs that get more privileges when they are executed
          landlock: {execute: [.]}  | landlock: {execute: [/]} | to execute .
          landlock: {read: [/a]}    | landlock: {bind: [1]}  | ports that the policy does not restrict
          landlock: {bind: [2]}     | landlock: {bind: [1]}  | to bind to port 2
          landlock: {connect: [1]}  | landlock: {bind: [1]}  | to connect to port 1
          landlock: {connect: [1]}  | landlock: {connect-udp: [53]} | UDP ports that the policy does not restrict
          landlock: {connect-udp: [54]} | landlock: {connect-udp: [53]} | to connect-udp to port 54
          landlock: {connect-udp: [53]} | landlock: {connect-udp: [53], bind-udp: []} | to bind-udp to port 0
          landlock: {read: [/a]}    | landlock: {connect-unix: [/x], other-sockets: allow} | unix sockets that the policy does not restrict
          landlock: {connect-unix: [/y], other-sockets: allow} | landlock: {connect-unix: [/x], other-sockets: allow} | to connect-unix /y
          landlock: {read: [/a]}    | landlock: {scope: [signal]} | what scope signal refuses
          landlock: {read: [/a], kernel: {at-least: 3}} | landlock: {read: [/a]} | to start on a kernel without ABI 5 of Landlock
          landlock: {read: [/a], kernel: {at-least: 6, below: warn}} | landlock: {read: [/a]} | to start on a kernel without ABI 5 of Landlock
          limits: {core: 5}         | limits: {core: 4}      | core up to 5
          limits: {core: 5}         | limits: {open-files: 4} | open-files without a limit
          limits: {core: 5}         | limits: {dumpable: false} | to be dumpable
          limits: {core: 5}         | limits: {no-write-execute: true} | writable memory that becomes executable
          limits: {core: 5}         | limits: {close-from: 3} | descriptors without a limit
          limits: {close-from: 5}   | limits: {close-from: 3, keep: [3]} | descriptor 4
          limits: {close-from: 3, keep: [9]} | limits: {close-from: 5, keep: [7]} | descriptor 9
          limits: {core: 5}         | seal: true             | code whose memory is not sealed
          limits: {core: 5}         | capabilities: {keep: [bpf]} | capabilities that the policy does not restrict
          capabilities: {keep: [kill, chown]} | capabilities: {keep: [kill]} | capability chown
          capabilities: {keep: []}  | capabilities: {keep: [], securebits: [noroot]} | what securebit noroot refuses
          """)
  void whatExceedsABound(String policy, String bound, String excess) {
    assertThat(exceeding(policy, bound)).isEqualTo(excess);
  }

  @Test
  void oneOfSeveralPoliciesIsEnoughUnlessAnotherRaisesALimit() {
    Policy bound = read("landlock: {read: [/a]}; limits: {core: 5}");
    Policy within = read("landlock: {read: [/a/b]}; limits: {core: 4}");
    Policy other = read("limits: {file-size: 4}");
    Policy raising = read("limits: {core: 6}");
    assertThat(Restrictions.exceeding(List.of(within, other), bound)).isEmpty();
    assertThat(Restrictions.exceeding(List.of(other, within), bound)).isEmpty();
    assertThat(Restrictions.exceeding(List.of(other, other), bound)).isPresent();
    assertThat(Restrictions.exceeding(List.of(within, raising), bound)).contains("core up to 6");
  }

  @Test
  void aDiffHasALineForEachDifference() {
    Policy one =
        read(
            "landlock: {read: [/a, '?/b'], connect: [1], scope: [signal]};"
                + " limits: {core: 0, close-from: 3, keep: [4]}");
    Policy other =
        read(
            "landlock: {read: [/, /b], write: [/w], bind: [1], kernel: {at-least: 5}};"
                + " limits: {dumpable: false, no-write-execute: true}");
    assertThat(RestrictionDiff.between(one, one)).isEmpty();
    assertThat(RestrictionDiff.between(one, other))
        .containsExactly(
            "read /: denied -> allowed",
            "read /b: allowed, may be missing -> allowed",
            "write /w: denied -> allowed",
            "connect 1: allowed -> denied",
            "bind 1: denied -> allowed",
            "scope signal: set -> not set",
            "landlock kernel: require -> at-least 5, below: stop",
            "limit core: 0 -> not set",
            "limit dumpable: true -> false",
            "limit no-write-execute: false -> true",
            "limit close-from: 3, keep [4] -> not set");
    assertThat(
            RestrictionDiff.between(
                read("capabilities: {keep: [kill, chown]}"),
                read("capabilities: {keep: [kill], securebits: [noroot]}")))
        .containsExactly("capability chown: kept -> given up", "securebit noroot: not set -> set");
    assertThat(RestrictionDiff.between(read("capabilities: {keep: [kill]}"), read("")))
        .containsExactly("capabilities elsewhere: given up -> kept");
    assertThat(RestrictionDiff.between(read(""), read("seal: true")))
        .containsExactly("seal: false -> true");
    assertThat(RestrictionExplanation.of(read("seal: true")))
        .extracting(ExplainedCall::call, ExplainedCall::when)
        .containsExactly(tuple("seal", "from Linux 6.10 on"));
    assertThat(
            RestrictionDiff.between(
                read("landlock: {connect-udp: [53], log-denials: all}"),
                read("landlock: {connect-unix: [/x], scope: [abstract-unix-socket]}")))
        .containsExactly(
            "connect-unix elsewhere: allowed -> denied",
            "connect-udp elsewhere: denied -> allowed",
            "bind-udp elsewhere: denied -> allowed",
            "scope abstract-unix-socket: not set -> set",
            "log-denials: all -> program");
    assertThat(RestrictionDiff.between(read(""), other))
        .contains("read elsewhere: allowed -> denied");
  }

  @Test
  void capabilitiesAreExplained() {
    assertThat(RestrictionExplanation.of(read("capabilities: {keep: [bpf], securebits: [noroot]}")))
        .extracting(ExplainedCall::call, ExplainedCall::decision, ExplainedCall::when)
        .containsExactly(
            tuple("capability bpf", "kept", "if it has it at the start"),
            tuple("capabilities elsewhere", "given up", "always"),
            tuple("securebit noroot", "set", "if it has capabilities"));
  }

  @Test
  void whatNewerKernelsRestrictIsExplained() {
    Policy policy =
        read(
            "landlock: {kernel: {at-least: 9}, connect-udp: [53], connect-unix: [/run],"
                + " scope: [abstract-unix-socket], log-denials: none}");
    assertThat(RestrictionExplanation.of(policy))
        .extracting(ExplainedCall::call, ExplainedCall::decision, ExplainedCall::when)
        .containsExactly(
            tuple("connect-unix /run", "allow", "always"),
            tuple("connect-unix elsewhere", "errno EACCES", "always"),
            tuple("connect UDP 53", "allow", "always"),
            tuple("connect UDP elsewhere", "errno EACCES", "if the kernel has ABI 10 of Landlock"),
            tuple("bind UDP 0", "allow", "always"),
            tuple("bind UDP elsewhere", "errno EACCES", "if the kernel has ABI 10 of Landlock"),
            tuple("scope abstract-unix-socket", "errno EPERM", "always"),
            tuple("log-denials", "none", "always"));
    assertThat(RestrictionExplanation.of(policy, List.of("/run/x")))
        .extracting(ExplainedCall::call, ExplainedCall::decision)
        .contains(tuple("connect-unix /run/x", "allow"));
  }

  @Test
  void pathsAreExplained() {
    Policy policy = read("landlock: {read: [/usr, '?/opt'], kernel: {at-least: 0}}");
    assertThat(RestrictionExplanation.of(policy, List.of("/usr/bin", "/opt/x")))
        .extracting(ExplainedCall::call, ExplainedCall::decision, ExplainedCall::when)
        .containsExactly(
            tuple("read /usr/bin", "allow", "always"),
            tuple("write /usr/bin", "errno EACCES", "if the kernel has Landlock"),
            tuple("execute /usr/bin", "errno EACCES", "if the kernel has Landlock"),
            tuple("read /opt/x", "allow", "if /opt exists at the start"),
            tuple("write /opt/x", "errno EACCES", "if the kernel has Landlock"),
            tuple("execute /opt/x", "errno EACCES", "if the kernel has Landlock"));
    assertThat(RestrictionExplanation.of(read("limits: {core: 0}"), List.of("/a")))
        .extracting(ExplainedCall::from)
        .containsOnly("not restricted");
  }
}
