package dev.hardwire.formats.oci;

import static dev.hardwire.formats.ForeignFormats.bytes;
import static dev.hardwire.formats.ForeignFormats.options;
import static dev.hardwire.formats.ForeignFormats.rules;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ConstantTable;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.ReadPolicy;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OciReaderTest {
  private static ReadPolicy read(String json, String... capabilities) {
    return OciReader.read(bytes(json), "p.json", options(capabilities));
  }

  private static String withRules(String rules) {
    return "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [" + rules + "]}";
  }

  private static String rule(String calls, String rest) {
    return "{\"names\": [" + calls + "], \"action\": \"SCMP_ACT_ALLOW\"" + rest + "}";
  }

  @Test
  void readsActionsAndNumbers() {
    ReadPolicy read =
        read(
            """
            {
            \t"defaultAction": "SCMP_ACT_ERRNO",
            \t"defaultErrnoRet": 38,
            \t"architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"],
            \t"flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"],
            \t"syscalls": [
            \t\t{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
            \t\t{"name": "uname", "action": "SCMP_ACT_ERRNO", "errnoRet": 100},
            \t\t{"names": ["close"], "action": "SCMP_ACT_ERRNO"},
            \t\t{"names": ["ptrace"], "action": "SCMP_ACT_KILL", "args": [], "comment": "no"},
            \t\t{"names": ["bpf"], "action": "SCMP_ACT_ERRNO", "errno": "EACCES"},
            \t\t{"names": ["execve"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}
            \t]
            }
            """);
    assertThat(rules(read))
        .isEqualTo(
            """
            default: errno ENOSYS
            rules:
              - allow: [read, write]
              - errno ENETDOWN: [uname]
              - errno EPERM: [close]
              - kill-thread: [ptrace]
                because: "no"
              - errno EACCES: [bpf]
            """);
    assertThat(read.policy().log()).isTrue();
    assertThat(read.warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "SCMP_CMP_EQ; arg1 == 40",
        "SCMP_CMP_NE; arg1 != 40",
        "SCMP_CMP_LT; unsigned(arg1) < 40",
        "SCMP_CMP_LE; unsigned(arg1) <= 40",
        "SCMP_CMP_GT; unsigned(arg1) > 40",
        "SCMP_CMP_GE; unsigned(arg1) >= 40",
        "SCMP_CMP_MASKED_EQ; (arg1 & 40) == 8"
      })
  void readsEveryOperator(String operator, String condition) {
    String args =
        ", \"args\": [{\"index\": 1, \"value\": 40, \"valueTwo\": 8, \"op\": \""
            + operator
            + "\"}]";
    assertThat(rules(read(withRules(rule("\"socket\"", args)))))
        .contains("when: \"" + condition + "\"");
  }

  @Test
  void comparisonsOfSeveralArgumentsMustAllHoldAndThoseOfOneAreAlternatives() {
    String one = "{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}";
    String two = "{\"index\": 0, \"value\": 18446744073709551615, \"op\": \"SCMP_CMP_EQ\"}";
    String other = "{\"index\": 2, \"value\": 9, \"op\": \"SCMP_CMP_NE\"}";
    assertThat(
            rules(read(withRules(rule("\"socket\"", ", \"args\": [" + one + "," + other + "]")))))
        .contains("when: \"arg0 == 1 && arg2 != 9\"");
    assertThat(rules(read(withRules(rule("\"socket\"", ", \"args\": [" + one + "," + two + "]")))))
        .contains("when: \"arg0 == 1\"")
        .contains("when: \"arg0 == 0xffffffffffffffff\"");
  }

  @Test
  void aRuleWithoutArgumentsStandsAboveOthers() {
    String conditional =
        rule(
            "\"socket\", \"read\"",
            ", \"args\": [{\"index\": 0, \"value\": 1, \"op\":" + " \"SCMP_CMP_EQ\"}]");
    assertThat(
            rules(
                read(
                    withRules(
                        conditional
                            + ","
                            + rule("\"read\"", "")
                            + ", {\"names\": [\"read\"], \"action\": \"SCMP_ACT_TRAP\"}"))))
        .isEqualTo(
            """
            default: errno EPERM
            rules:
              - allow: [read]
              - allow: [socket]
                when: "arg0 == 1"
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "\"includes\": {}; true",
        "\"includes\": null; true",
        "\"includes\": {\"arches\": [\"amd64\", \"x32\"]}; true",
        "\"includes\": {\"arches\": [\"arm64\", \"x86\", \"386\"]}; false",
        "\"includes\": {\"caps\": [\"CAP_BPF\"]}; true",
        "\"includes\": {\"caps\": [\"CAP_BPF\", \"CAP_SYS_ADMIN\"]}; false",
        "\"includes\": {\"minKernel\": \"4.8\"}; true",
        "\"includes\": {\"minKernel\": \"6.12\"}; true",
        "\"includes\": {\"minKernel\": \"6.13\"}; false",
        "\"excludes\": {\"arches\": [\"amd64\"]}; false",
        "\"excludes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}; true",
        "\"excludes\": {\"caps\": [\"CAP_SYS_ADMIN\", \"CAP_BPF\"]}; false",
        "\"excludes\": {\"minKernel\": \"7.0\"}; true",
        "\"excludes\": {\"minKernel\": \"5.0\"}; false"
      })
  void rulesDependOnWhereTheyAreUsed(String condition, boolean applies) {
    ReadPolicy read = read(withRules(rule("\"bpf\"", ", " + condition)), "CAP_BPF");
    assertThat(read.policy().rules()).hasSize(applies ? 1 : 0);
  }

  /** Docker's names: those of Go, but for two. */
  @ParameterizedTest
  @CsvSource({
    "I386, x86, true",
    "I386, 386, true",
    "I386, amd64, false",
    "LOONGARCH64, loongarch64, true",
    "LOONGARCH64, loong64, true",
    "PPC64LE, ppc64le, true",
    "PPC64LE, ppc64, false",
    "AARCH64, arm64, true"
  })
  void architecturesHaveTheNamesOfDocker(Target architecture, String name, boolean here) {
    ReadOptions options = new ReadOptions(architecture, Set.of(), "6.12");
    for (String key : List.of("includes", "excludes")) {
      String condition = ", \"" + key + "\": {\"arches\": [\"" + name + "\"]}";
      ReadPolicy read =
          OciReader.read(bytes(withRules(rule("\"mount\"", condition))), "p.json", options);
      assertThat(read.policy().rules()).hasSize(here == key.equals("includes") ? 1 : 0);
    }
  }

  /** seccomp_rule_add(3): the masked argument is compared with the masked value. */
  @Test
  void bitsThatTheMaskDoesNotHaveAreNotCompared() {
    String args =
        ", \"args\": [{\"index\": 1, \"value\": 6, \"valueTwo\": 11, \"op\":"
            + " \"SCMP_CMP_MASKED_EQ\"}]";
    assertThat(rules(read(withRules(rule("\"socket\"", args)))))
        .contains("when: \"(arg1 & 6) == 2\"");
  }

  @Test
  void unknownCallsAreLeftOutWithAWarning() {
    ReadPolicy read = read(withRules(rule("\"no_such_call\", \"read\"", "")));
    assertThat(read.policy().rules().get(0).calls()).hasToString("[read]");
    assertThat(read.warnings())
        .extracting(Object::toString)
        .containsExactly("p.json:1:61: \"no_such_call\" is not a known system call; it is ignored");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{}; p.json:1:1: the profile has no \"defaultAction\"; add it",
        "[]; p.json:1:1: the profile must be a mapping, not a list",
        "{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}; p.json:1:19: SCMP_ACT_NOTIFY needs another"
            + " process that answers, a program cannot confine itself with it",
        "{\"defaultAction\": \"SCMP_ACT_TRACE\"}; p.json:1:19: SCMP_ACT_TRACE needs a tracer",
        "{\"defaultAction\": \"SCMP_ACT_ALOW\"}; p.json:1:19: unknown action \"SCMP_ACT_ALOW\"",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"foo\": 1}; p.json:1:37: unknown key \"foo\"",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_ARM\"]};"
            + " p.json:1:54: the profile is not for x86_64",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"X\"]}; p.json:1:47: unknown flag"
            + " \"X\"",
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 4096}; p.json:1:56:"
            + " defaultErrnoRet must be 0 to 4095"
      })
  void errorsNameThePlace(String json, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(json))
        .satisfies(
            e ->
                assertThat(e.getMessage().replace(';', ',')).startsWith(message.replace(';', ',')));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{\"action\": \"SCMP_ACT_ALLOW\"}; a rule needs either \"names\" or \"name\"",
        "{\"names\": [\"read\"], \"name\": \"read\"}; a rule needs either \"names\" or \"name\"",
        "{\"names\": [\"read\"]}; the rule has no \"action\"",
        "{\"names\": [\"READ\"], \"action\": \"SCMP_ACT_ALLOW\"}; \"READ\" is not spelt like",
        "{\"names\": [\"@io\"], \"action\": \"SCMP_ACT_ALLOW\"}; \"@io\" is not spelt like",
        "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 6,"
            + " \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}; index must be 0 to 5",
        "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0,"
            + " \"value\": -1, \"op\": \"SCMP_CMP_EQ\"}]}; value must be a number from 0 to 2^64-1",
        "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0,"
            + " \"value\": 1, \"op\": \"SCMP_CMP_QE\"}]}; unknown operator \"SCMP_CMP_QE\"",
        "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0,"
            + " \"value\": 1}]}; the argument has no \"op\"",
        "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"arches\":"
            + " [\"x86_64\"]}}; unknown architecture \"x86_64\", it needs the name that Docker"
            + " gives it",
        "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"excludes\": {\"caps\":"
            + " [\"SYS_ADMIN\"]}}; unknown capability \"SYS_ADMIN\", did you mean"
            + " \"CAP_SYS_ADMIN\"?",
        "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"minKernel\":"
            + " \"x\"}}; minKernel must be like 4.8"
      })
  void errorsInRulesSayWhatIsWrong(String rule, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(withRules(rule)))
        .satisfies(e -> assertThat(e.getMessage().replace(';', ',')).contains(message))
        .satisfies(e -> assertThat(e.position().line()).isEqualTo(1));
  }

  @Test
  void theCapabilitiesAreThoseOfTheKernel() {
    List<String> kernel =
        ConstantTable.of(Target.X86_64).names().stream()
            .filter(name -> name.startsWith("CAP_") && !name.equals("CAP_LAST_CAP"))
            .toList();
    assertThat(Capabilities.NAMES).containsExactlyInAnyOrderElementsOf(kernel);
  }
}
