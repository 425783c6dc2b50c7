package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.learn.record.Proposals;
import dev.hardwire.patch.plan.SecondStart;
import dev.hardwire.policy.Policy;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A program that executes itself starts under its own policy. */
class SecondStartTest {
  private static final String START =
      """
      7 execve("/opt/p", ["p"], 0x1 /* 9 vars */) = 0
      7 prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) = 0
      7 seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, {len=0, filter=0x1}) = -1 EINVAL (I)
      7 seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, {len=1, filter=0x1}) = 0
      """;

  private static final String AGAIN =
      "7 execve(\"%s\", [\"p\"], 0x1 /* 9 vars */) = 0\n7 brk(NULL) = 0x55\n";

  private static List<String> denied(Policy policy) {
    return SecondStart.denied(Target.X86_64, policy);
  }

  private static String rules(LearnedPolicy learned) {
    return learned
        .text()
        .lines()
        .filter(line -> line.contains("the patched file starts"))
        .toList()
        .toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/opt/p", "/proc/self/exe", "/proc/thread-self/exe", "/proc/7/exe"})
  void theSetupOfTheSecondStartIsAllowed(String path) {
    LearnedPolicy learned = Learning.from(START + AGAIN.formatted(path)).policy();
    assertThat(denied(learned.policy())).isEmpty();
    assertThat(learned.text())
        .contains("- allow: [prctl] # not seen; the program executes itself")
        .contains("when: \"option == PR_SET_NO_NEW_PRIVS\"")
        .contains("when: \"op == SECCOMP_SET_MODE_FILTER\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/bin/p", "/opt/q", "/proc/8/exe"})
  void otherProgramsAreNotTakenForIt(String path) {
    LearnedPolicy learned = Learning.from(START + AGAIN.formatted(path)).policy();
    assertThat(denied(learned.policy()))
        .containsExactly(
            "prctl (when: \"option == PR_SET_NO_NEW_PRIVS\")",
            "seccomp (when: \"op == SECCOMP_SET_MODE_FILTER\")");
    assertThat(learned.text()).doesNotContain("seccomp");
  }

  @Test
  void aPolicyThatExecutesNothingLacksNothing() {
    LearnedPolicy learned = Learning.from(START + "7 getpid() = 7\n").policy();
    assertThat(denied(learned.policy())).isEmpty();
    assertThat(learned.text()).doesNotContain("seccomp");
  }

  /** Landlock, limits and phases bring more calls. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "landlock: {read: [/usr], connect: [80]}",
        "landlock: {kernel: {at-least: 1, below: warn}, write: [/tmp]}",
        "limits: {core: 0, open-files: 64, dumpable: false, no-write-execute: true, close-from: 3}",
        "capabilities: {keep: [kill], securebits: [noroot]}",
        "seal: true"
      })
  void sectionsOfTheBaseAreInstalledAgain(String section) {
    String base = "version: 1\nname: b\ndefault: kill-process\nrules: []\n" + section + "\n";
    Learning learning = Learning.from(START + AGAIN.formatted("/opt/p")).base(base);
    assertThat(learning.policy().policy().landlock().isPresent())
        .isEqualTo(section.startsWith("landlock"));
    assertThat(denied(learning.policy().policy())).isEmpty();
  }

  @Test
  void proposedRulesForFilesAreInstalledAgain() {
    String trace = START + "7 openat(AT_FDCWD</>, \"/opt/data\", O_RDONLY) = 3</opt/data>\n";
    LearnedPolicy learned =
        Learning.from(trace + AGAIN.formatted("/proc/self/exe"))
            .proposing(new Proposals(true, true, Set.of(), ""))
            .policy();
    assertThat(denied(learned.policy())).isEmpty();
    assertThat(learned.policy().landlock().orElseThrow().execute().orElseThrow().toString())
        .contains("/opt/p");
  }

  /** The copy that ran has a stub, whose calls are not those of the program. */
  @Test
  void theCallsOfTheStubAreNotCounted() {
    String stub = START.substring(START.indexOf('\n') + 1);
    LearnedPolicy learned =
        Learning.from(START + AGAIN.formatted("/proc/self/exe") + stub + "7 getpid() = 7\n")
            .ran("/opt/p", "/usr/bin/p")
            .policy();
    assertThat(rules(learned)).contains("prctl", "seccomp");
    assertThat(denied(learned.policy())).isEmpty();
    String own = "7 prctl(PR_SET_NAME, \"x\") = 0\n" + stub;
    assertThat(
            Learning.from(START + AGAIN.formatted("/proc/self/exe") + stub + own)
                .ran("/opt/p", "/usr/bin/p")
                .counts())
        .containsEntry("prctl", 2L)
        .containsEntry("seccomp", 2L);
  }
}
