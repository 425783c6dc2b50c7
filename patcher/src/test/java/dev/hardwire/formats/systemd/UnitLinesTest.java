package dev.hardwire.formats.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.formats.ForeignFormats;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines of units end and go on where systemd says so: a filter that was missed denies nothing. */
@Tag("system")
class UnitLinesTest {
  private static final String SERVICE = "[Service]\nExecStart=/bin/true\n";

  private static final String FILTERS = "SystemCallFilter=~@debug\nSystemCallFilter=~@mount\n";

  @TempDir Path folder;

  private static ReadPolicy read(String unit) {
    ReadOptions options = new ReadOptions(ForeignFormats.X86_64);
    return SystemdReader.read(Map.of("u.service", ForeignFormats.bytes(unit)), options);
  }

  private static boolean denies(Policy policy, String call) {
    return policy.rules().stream()
        .flatMap(rule -> rule.calls().stream())
        .map(CallName::name)
        .anyMatch(call::equals);
  }

  private String analyzed(String unit) throws IOException {
    Path file = Files.writeString(folder.resolve("u.service"), unit);
    Outcome outcome =
        Programs.run(
            Path.of("/usr/bin/systemd-analyze"),
            "security",
            "--offline=true",
            "--no-pager",
            "--json=short",
            file.toString());
    assertThat(outcome.out()).as(outcome.err()).contains("SystemCallFilter=~@debug");
    return outcome.out();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Environment=A=b\\\n",
        "Environment=A=b\\\\\n",
        "Environment=A=b\\\\\\\n",
        "Environment=A=b\\ \n",
        "Environment=A=b\\\t\n",
        "Environment=A=b\\\r\n",
        "Environment=A=b\r",
        "Environment=A=b\0",
        "Environment=A=b\\\n\r",
        "Environment=A=b\\\n\n",
        "Environment=A=b \\\n# comment\n",
        "Environment=A=b \\\n; comment \\\n",
        "# comment \\\n",
        "# comment\r",
        "nothing \\\n",
        "\u000b# comment \\\n",
        "\u2003# comment \\\n",
        "SystemCallFilter=~@mount\nSystemCallFilter\u2003=\n",
        "[X-Other]\nA=b\n[Service]\n"
      })
  void theNextLineIsReadAsSystemdReadsIt(String before) throws IOException {
    String unit = SERVICE + before + FILTERS;
    String analyzed = analyzed(unit);
    Policy policy = read(unit).policy();
    assertThat(denies(policy, "ptrace"))
        .isEqualTo(analyzed.contains("{\"set\":true,\"name\":\"SystemCallFilter=~@debug\""));
    assertThat(denies(policy, "move_mount"))
        .isEqualTo(analyzed.contains("{\"set\":true,\"name\":\"SystemCallFilter=~@mount\""));
  }

  @Test
  void aSectionWithoutItsEndIsAnError() {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read("[Service\n" + FILTERS))
        .withMessage("u.service:1:1: the name of a section ends in \"]\"");
  }
}
