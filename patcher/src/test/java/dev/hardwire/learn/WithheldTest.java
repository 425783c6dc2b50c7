package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.prove.ReferenceInterpreter;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls whose power a policy withholds are named, also those that it allows in part. */
class WithheldTest {
  private static final String REACHED =
      """
      version: 1
      name: reached
      default: kill-process
      rules:
        - allow: [getppid, connect, execve, open, openat, read, sendto, sendmsg, mmap, tgkill, chmod]
      """;

  private static Learned learned(String text, boolean arguments) {
    Policy reached = YamlPolicyReader.read(REACHED.getBytes(StandardCharsets.UTF_8), "reached");
    return Learning.from(text)
        .flags(arguments, false, false)
        .learned()
        .within(Reach.of(reached, "reached", Target.X86_64));
  }

  @ParameterizedTest
  @CsvSource({
    "openat, only for reading",
    "open, only for reading",
    "sendto, only without an address",
    "mmap, only memory that is not executed",
    "tgkill, only signals that end programs",
  })
  void aCallThatIsAllowedInPartIsNamedWithItsUses(String call, String uses) {
    Learned learned = learned("getppid() = 1\n", false);
    assertThat(learned.withheld().uses()).containsEntry(call, uses);
    assertThat(learned.withheld().calls()).doesNotContainKey(call);
    assertThat(LearnedPolicy.of(learned, "test", Optional.empty()).text())
        .contains("#   %s: %s; within reached\n".formatted(call, uses));
  }

  @Test
  void whatIsAllowedOrRefusedAsAWholeIsNotAmongThem() {
    Withheld withheld = learned("getppid() = 1\n", false).withheld();
    assertThat(withheld.calls().keySet()).containsExactly("chmod", "connect", "execve", "sendmsg");
    assertThat(withheld.uses().keySet())
        .containsExactly("mmap", "open", "openat", "sendto", "tgkill");
  }

  @Test
  void severalUsesAreListed() {
    Withheld withheld = learned("connect(3, {sa_family=AF_INET}, 16) = 0\n", false).withheld();
    assertThat(withheld.uses())
        .containsEntry("sendto", "only without an address, or without MSG_FASTOPEN")
        .containsEntry("sendmsg", "only without MSG_FASTOPEN");
  }

  /** The condition is then that of what was seen. */
  @Test
  void aCallThatWasSeenIsNotAmongThem() {
    String text = "openat(AT_FDCWD, \"x\", O_RDONLY) = 3\n";
    assertThat(learned(text, false).withheld().uses()).doesNotContainKey("openat");
    assertThat(learned(text, true).withheld().uses()).doesNotContainKey("openat");
    assertThat(learned(text, true).withheld().uses()).containsEntry("open", "only for reading");
  }

  private static LearnedPolicy reaching(String origin, Optional<Action> action) {
    return LearnedPolicy.of(reached(origin), "test", action);
  }

  private static Learned reached(String origin) {
    SortedMap<String, String> origins =
        new TreeMap<>(Map.of("getppid", "reachable: p main", "socket", origin));
    Reach reach = new Reach("p", origins, List.of(), List.of());
    return Learning.from("getppid() = 1\n").learned().within(reach);
  }

  private static KnownProgram having(String text) {
    return new TestProgram(text, List.of());
  }

  /** Such as shells, which make sockets themselves, and look up the user without HOME. */
  @Test
  void programsThatLookNamesUpThemselvesGetAnErrorToo() {
    Learned learned = reached("reachable: libc.so.6 __socket");
    Policy names =
        LearnedPolicy.of(learned.knowing(having("getpwuid")), "test", Optional.empty()).policy();
    assertThat(decision(names, 1)).isEqualTo("errno EACCES");
    assertThat(decision(names, 2)).isEqualTo("kill-process");
    Policy others =
        LearnedPolicy.of(learned.knowing(having("getpwd")), "test", Optional.empty()).policy();
    assertThat(decision(others, 1)).isEqualTo("kill-process");
    Learned direct = reached("reachable: p main").knowing(having("getpwuid"));
    assertThat(decision(LearnedPolicy.of(direct, "test", Optional.empty()).policy(), 1))
        .isEqualTo("kill-process");
  }

  /** getpwuid(3) asks nscd, and reads /etc/passwd if it cannot. */
  @ParameterizedTest
  @ValueSource(strings = {"getpwuid_r", "getaddrinfo", "__nss_lookup", "initgroups"})
  void localSocketsForNamesAreAnsweredWithAnError(String function) {
    LearnedPolicy learned = reaching("reachable: libc.so.6 " + function, Optional.empty());
    assertThat(learned.text())
        .contains("  - errno EACCES: [socket] # not seen;", "    when: \"family == AF_UNIX\"")
        .contains("#   socket: reachable: libc.so.6 " + function);
    assertThat(decision(learned.policy(), 1)).isEqualTo("errno EACCES");
    assertThat(decision(learned.policy(), 2)).isEqualTo("kill-process");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"p main", "libc.so.6 syslog", "libcurl.so.4 getpw", "libc.so.6 getsockname"})
  void othersSocketsAreNot(String function) {
    LearnedPolicy learned = reaching("reachable: " + function, Optional.empty());
    assertThat(decision(learned.policy(), 1)).isEqualTo("kill-process");
  }

  @Test
  void aPolicyThatAnswersWithErrorsNeedsNoRuleForThem() {
    Optional<Action> action = Optional.of(Action.parse("errno:EPERM"));
    LearnedPolicy learned = reaching("reachable: libc.so.6 getpwuid", action);
    assertThat(learned.text()).doesNotContain("EACCES");
  }

  private static String decision(Policy policy, long family) {
    long socket = SyscallTable.of(Target.X86_64).number("socket").orElseThrow();
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, Target.X86_64);
    return ReferenceInterpreter.decide(
            resolved, SeccompData.of(Target.X86_64, socket, family, 1, 0))
        .toString();
  }

  @Test
  void everyConditionOfTheListsHasWords() {
    for (String list : List.of("harmless.txt", "covered.txt")) {
      HarmlessCalls harmless = HarmlessCalls.of(Target.X86_64);
      for (String line : CallLines.of(list)) {
        for (CallLines.Entry entry : CallLines.entries(line, Target.X86_64)) {
          boolean joined = list.equals("harmless.txt") && line.contains(" in [");
          if (entry.when().isPresent()) {
            assertThat(
                    joined
                        ? harmless.meaning(
                            entry.call(), harmless.condition(entry.call()).orElseThrow())
                        : entry.meaning())
                .as(line)
                .isPresent();
          }
        }
      }
    }
  }
}
