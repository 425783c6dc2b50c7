package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Widening a policy. */
class BaseTest {
  private static final String BASE =
      """
      version: 1
      name: "web"
      default: errno EACCES
      rules:
        - errno EPERM: [chmod]
        - allow: [read, exit_group, "@timer"]
        - allow: [socket]
          when: "family == AF_INET"
        - errno ENOSYS: [ioctl]
          when: "cmd == TIOCSTI"
        - allow: [ioctl]
      no_new_privs: false
      log: true
      """;

  private static final String RECORD =
      "type=SECCOMP msg=audit(1.2:%d): pid=1 exe=\"/a\" arch=c000003e syscall=%d\n";

  private static String added(String log) {
    LearnedPolicy learned = Learning.from(log).base(BASE).policy();
    String canonical = YamlPolicyWriter.write(learned.policy());
    String start = BASE.substring(0, BASE.indexOf("no_new_privs"));
    assertThat(canonical).startsWith(start).endsWith("no_new_privs: false\nlog: true\n");
    return canonical.substring(start.length(), canonical.indexOf("no_new_privs")).strip();
  }

  @Test
  void rulesAndNameStayAndMissingCallsAreAdded() {
    assertThat(added("read(0, \"\", 1) = 0\ngetpid() = 1\ntimer_create(0, 0, 0) = 0\n"))
        .isEqualTo("- allow: [getpid]");
    assertThat(added("read(0, \"\", 1) = 0\n")).isEmpty();
  }

  @Test
  void conditionsAreEvaluatedOnWhatTheTraceShows() {
    assertThat(added("socket(AF_INET, SOCK_STREAM, 0) = 3\n")).isEmpty();
    assertThat(added("socket(AF_UNIX, SOCK_STREAM, 0) = 3\n")).isEqualTo("- allow: [socket]");
    assertThat(added("socket(AF_FROB, SOCK_STREAM, 0) = 3\n")).isEqualTo("- allow: [socket]");
    assertThat(added("ioctl(3, TCGETS, {}) = 0\n")).isEmpty();
  }

  @Test
  void onlyWhatIsMissingIsProposed() {
    String log = "socket(AF_INET, SOCK_DGRAM, 0) = 3\nsocket(AF_UNIX, SOCK_STREAM, 0) = 3\n";
    LearnedPolicy learned = Learning.from(log).base(BASE).flags(true, false, false).policy();
    assertThat(learned.text())
        .contains(
            "  - allow: [socket] # 2 times, first at log:1\n"
                + "    when: \"family == AF_UNIX && (type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) =="
                + " SOCK_STREAM\"\n");
  }

  @Test
  void aRecordOfTheKernelMeansThatTheConditionDidNotHold() {
    assertThat(added(RECORD.formatted(1, 41))).isEqualTo("- allow: [socket]");
  }

  /** A rule that would be added behind the one that allows the call has no effect. */
  @Test
  void refusalsWithConditionsBeforeARuleThatAllowsStand() {
    String log = "ioctl(0, TIOCSTI, \"x\") = -1 ENOSYS (Function not implemented)\n";
    assertThat(added(log)).isEmpty();
    assertThat(Learning.from(log).base(BASE).learned().warnings())
        .containsExactly("ioctl was seen, but the base policy denies it: errno ENOSYS");
    String other = "ioctl(0, TCGETS, {}) = 0\n";
    assertThat(Learning.from(other).base(BASE).learned().warnings()).isEmpty();
  }

  @Test
  void refusalsOfTheBaseStandAndAreSaid() {
    assertThat(added("chmod(\"a\", 0644) = -1 EPERM (Operation not permitted)\n")).isEmpty();
    assertThat(Learning.from(RECORD.formatted(1, 90)).base(BASE).learned().warnings())
        .containsExactly("chmod was seen, but the base policy denies it: errno EPERM");
  }

  @Test
  void whatProgramsNeedIsAddedOnlyWhereItIsMissing() {
    String base = "version: 1\ndefault: kill-process\nrules: [{errno EPERM: [exit_group]}]\n";
    assertThat(Learning.from("getpid() = 1\n").base(base).policy().text())
        .doesNotContain("- exit_group");
  }

  @Test
  void sectionsOfTheBaseStay() {
    String base =
        """
        version: 1
        default: kill-process
        rules: [{allow: [read]}]
        landlock: {read: [/srv]}
        limits: {core: 0}
        weights: {read: 7}
        phases:
          - name: work
            at: {first-call-of: poll}
            default: kill-process
            rules: [{allow: [read]}]
        """;
    Policy before = YamlPolicyReader.read(base.getBytes(StandardCharsets.UTF_8), "base");
    Policy after = Learning.from("getpid() = 1\n").base(base).policy().policy();
    assertThat(after.landlock()).isPresent().isEqualTo(before.landlock());
    assertThat(after.limits()).isPresent().isEqualTo(before.limits());
    assertThat(after.weights()).hasSize(1).isEqualTo(before.weights());
    assertThat(after.phases()).hasSize(1);
  }

  @Test
  void theDefaultActionCanBeChosen() {
    Learned learned = Learning.from("getpid() = 1\n").base(BASE).learned();
    assertThat(LearnedPolicy.of(learned, "x", Optional.empty()).policy().defaultAction())
        .isEqualTo(Action.errno("EACCES"));
    assertThat(LearnedPolicy.of(learned, "x", Optional.of(Action.LOG)).policy().defaultAction())
        .isEqualTo(Action.LOG);
  }

  @Test
  void theTextIsCanonicalButForCommentsAndLayout() {
    LearnedPolicy learned = Learning.from("getpid() = 1\nsocket(1, 1, 0) = 3\n").policy();
    Policy read = YamlPolicyReader.read(learned.text().getBytes(StandardCharsets.UTF_8), "text");
    assertThat(read).isEqualTo(learned.policy());
    assertThat(learned.text())
        .isEqualTo(
            """
            # Learned from 2 system calls, 2 different, in log
            # no policy is installed in log: counted everything after the first execve
            version: 1
            name: "test"
            default: kill-process
            rules:
              - allow:
                  - exit_group # not seen, but every program ends with it
                  - getpid     # 1 time, first at log:1
                  - socket     # 1 time, first at log:2
            no_new_privs: true
            log: false
            """);
  }

  @Test
  void namesOfLogsCannotBreakOutOfComments() {
    LearnedPolicy learned = new Learning().log("a\nrules: []\né\u2028", "getpid() = 1\n").policy();
    assertThat(learned.text()).contains("first at a?rules: []?é?:1\n");
  }
}
