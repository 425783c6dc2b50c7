package dev.hardwire.policy.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlPhasesTest {
  private static final String START = "version: 1\ndefault: allow\nrules: []\n";

  private static Policy read(String text) {
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p.yaml");
  }

  private static Policy phases(String items) {
    return read(START + "phases:\n" + items);
  }

  @Test
  void theCanonicalTextIsReadBack() {
    Policy policy =
        phases(
            """
              - {name: a b, at: {first-call-of: no}, default: kill-process, rules: []}
              - name: "it's \\"c\\""
                at: main
                default: errno EPERM
                rules:
                  - allow: [read, write]
                  - errno ENOSYS: [openat, accept4, recvfrom, sendto, recvmsg, sendmsg, epoll_wait, close, futex]
                    when: "arg0 == 1"
                    because: it is so
                    arch: [x86_64, aarch64]
              - name: d
                at: {first-call-of: poll}
                default: allow
                rules: []
                landlock: {read: ["?/a b", /], connect: [1], write: []}
            """);
    String text = YamlPolicyWriter.write(policy);
    assertThat(text)
        .endsWith(
            """
            phases:
              - name: "a b"
                at: {first-call-of: "no"}
                default: kill-process
                rules: []
              - name: "it's \\"c\\""
                at: main
                default: errno EPERM
                rules:
                  - allow: [read, write]
                  - errno ENOSYS: [openat, accept4, recvfrom, sendto, recvmsg, sendmsg, epoll_wait, close,
                      futex]
                    when: "arg0 == 1"
                    because: "it is so"
                    arch: [x86_64, aarch64]
              - name: "d"
                at: {first-call-of: "poll"}
                default: allow
                rules: []
                landlock:
                  kernel: {at-least: 8, below: stop}
                  read:
                    - "?/a b"
                    - "/"
                  write: []
                  connect: [1]
                  other-sockets: deny
            """);
    assertThat(read(text)).isEqualTo(policy);
    assertThat(policy.phases())
        .extracting(Phase::moment)
        .containsExactly("the first call of no", "main", "the first call of poll");
    assertThat(policy.phases().get(1).defaultAction()).isEqualTo(Action.parse("errno EPERM"));
    Phase last = policy.phases().get(2);
    assertThat(last.withRules(List.of())).isEqualTo(last);
    assertThat(last.landlock()).isPresent();
    assertThat(
            phases("  - {name: d, at: {first-call-of: poll}, default: allow, rules: []}").phases())
        .doesNotContain(last);
    assertThat(policy.inPhases(List.of())).isNotEqualTo(policy).isEqualTo(read(START));
  }

  @Test
  void groupsAndArchitecturesAreResolvedWhenPinned() {
    Policy policy =
        read(
            """
            version: 1
            default: allow
            groups: {clock: [time, clock_gettime]}
            rules: []
            phases:
              - name: a
                at: main
                default: allow
                rules:
                  - kill-process: ["@clock", "@sync"]
                  - errno 5: [open]
                    arch: x86_64
                  - errno 6: [openat]
                    arch: aarch64
            """);
    assertThat(YamlPolicyWriter.write(ResolvedPolicy.pinned(policy, Target.X86_64)))
        .endsWith(
            """
                rules:
                  - kill-process: [time, clock_gettime, fdatasync, fsync, msync, sync, sync_file_range, syncfs]
                  - errno EIO: [open]
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [] | 4:9: phases is empty; add a phase or remove it
          [{at: main, default: allow, rules: []}] | 4:10: the phase has no "name"; add it
          [{name: a, default: allow, rules: []}] | 4:10: the phase has no "at"; add it
          [{name: a, at: main, rules: []}] | 4:10: the phase has no "default"; add it
          [{name: a, at: main, default: allow}] | 4:10: the phase has no "rules"; add it
          [{name: "", at: main, default: allow, rules: []}] | 4:17: name must be 1 to 100 printable characters
          [{name: a, at: start, default: allow, rules: []}] | 4:24: at must be "main" or {first-call-of: FUNCTION}, not "start"
          [{name: a, at: {}, default: allow, rules: []}] | 4:24: at must be "main" or {first-call-of: FUNCTION}
          [{name: a, at: {first-call-of: main}, default: allow, rules: []}] | 4:40: main is no function of a library; write "at: main"
          [{name: a, at: {first-call-of: a-b}, default: allow, rules: []}] | 4:40: "a-b" is not the name of a function
          [{name: a, at: {last-call-of: x}, default: allow, rules: []}] | 4:25: unknown key "last-call-of" in at
          [{name: a, at: main, default: deny, rules: []}] | 4:39: unknown action
          [{name: a, at: main, default: allow, rules: [], log: true}] | 4:57: unknown key "log" in a phase
          [{name: a, at: main, default: allow, rules: [], landlock: {kernel: {at-least: 7}, read: [/]}}] | 4:68: landlock of a phase takes ABI 8, which restricts all threads; write "kernel: require"
          [{name: a, at: main, default: allow, rules: [], landlock: {kernel: {at-least: 8, below: warn}, read: [/]}}] | 4:68: landlock of a phase takes ABI 8
          [{name: a, at: main, default: allow, rules: [], landlock: {}}] | 4:57: landlock restricts nothing
          [{name: a, at: main, default: allow, rules: [], landlock: {write: ["?/a"]}}] | 4:76: a path under write cannot be optional
          [{name: a, at: main, default: allow, rules: [], limits: {core: 0}}] | 4:57: limits cannot be part of a phase: they apply from the start on; move them there
          [{name: a, at: main, default: allow, rules: []}, {name: b, at: main, default: allow, rules: []}] | 4:72: two phases begin at main; join them
          [{name: a, at: main, default: allow, rules: []}, {name: a, at: {first-call-of: x}, default: allow, rules: []}] | 4:65: two phases have the name "a"
          """)
  void mistakesAreNamed(String value, String message) {
    assertThatThrownBy(() -> read(START + "phases: " + value))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("p.yaml:" + message);
  }

  @Test
  void theyRequireNoNewPrivileges() {
    String item = "  - {name: a, at: main, default: allow, rules: []}\n";
    assertThatThrownBy(() -> phases(item + "no_new_privs: false\n"))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("phases require no_new_privs; remove one of the two");
  }

  /** Whatever is written, a phase takes a kernel that can restrict all threads. */
  @Test
  void everyDemandOnTheKernelIsTheSame() {
    String item = "  - {name: a, at: main, default: allow, rules: [], landlock: {%sread: [/]}}\n";
    Policy given = phases(item.formatted(""));
    assertThat(given).isEqualTo(phases(item.formatted("kernel: require, ")));
    assertThat(given).isEqualTo(phases(item.formatted("kernel: {at-least: 8}, ")));
    assertThat(given.phases().get(0).landlock().orElseThrow().guaranteedAbi()).isEqualTo(8);
  }

  /** The filters of programs that are patched depend on these numbers. */
  @Test
  void marksAreFixed() {
    Policy policy =
        phases(
            """
              - {name: a, at: main, default: allow, rules: []}
              - {name: b, at: {first-call-of: epoll_wait}, default: allow, rules: []}
            """);
    assertThat(policy.phases()).extracting(Phase::mark).containsExactly(0xea90e208L, 0xa69a9f5bL);
  }
}
