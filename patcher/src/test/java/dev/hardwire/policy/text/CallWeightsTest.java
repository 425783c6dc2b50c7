package dev.hardwire.policy.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.minijail.MinijailReader;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How often calls are made: lists, and the tables of strace and perf. */
class CallWeightsTest {
  private static Map<String, Long> read(String text) {
    return CallWeights.read(
        SourceText.decode(text.getBytes(StandardCharsets.UTF_8), "w"),
        new CallWeights.Names(name -> true));
  }

  @Test
  void lists() {
    assertThat(read("# counted\nread: 20\nwrite:7  # often\n\nread: 2\n"))
        .isEqualTo(Map.of("read", 22L, "write", 7L));
  }

  @Test
  void tablesOfStrace() throws IOException {
    Map<String, Long> git =
        CallWeights.read(
            Path.of("src/test/resources/weights/strace-git.txt"),
            new CallWeights.Names(name -> true));
    assertThat(git)
        .containsEntry("openat", 223L)
        .containsEntry("brk", 46L)
        .containsEntry("rseq", 1L)
        .doesNotContainKey("total");
  }

  @Test
  void tablesOfPerfAreAddedUp() {
    String row = "   %s  %d      0    16.267     0.012     2.033    16.132     99.05%%\n";
    String head = "\n Summary of events:\n\n %s (4829), 322 events, 97.3%%\n\n";
    head +=
        "   syscall            calls  errors  total       min       avg       max       stddev\n";
    head +=
        "                                     (msec)    (msec)    (msec)    (msec)        (%%)\n";
    head +=
        "   --------------- --------  ------ -------- --------- --------- ---------     ------\n";
    String text =
        head.formatted("ls")
            + row.formatted("read", 8)
            + head.formatted("my app")
            + row.formatted("read", 3)
            + row.formatted("close", 1);
    assertThat(read(text)).isEqualTo(Map.of("read", 11L, "close", 1L));
  }

  @ParameterizedTest
  @CsvSource({
    "read 20, 'w:1:1: expected CALL: NUMBER, or the table of \"strace -c\"'",
    "'read: 20\nx: -1', 'w:2:1: expected CALL'",
    "'READ: 1', 'w:1:1: expected CALL'",
    "read: 0, 'w: no call is made'",
    "'read: 999999999999999', 'w:1:1: the number is larger than 1099511627776'",
    "'% time calls\nread 1', 'w:2:1: not a row of the table: \"read 1\"'",
    "'#', 'w: no call is made'"
  })
  void otherTextIsRefused(String text, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(text.replace("\\n", "\n")))
        .withMessageContaining(message);
  }

  @Test
  void frequenciesOfMinijail(@TempDir Path folder) throws IOException {
    Path policy = Files.writeString(folder.resolve("p.policy"), "@frequency f\nread: 1\n");
    ReadOptions options = new ReadOptions(Target.X86_64);
    ReadPolicy without = MinijailReader.read(policy, options);
    assertThat(without.policy().weights()).isEmpty();
    assertThat(without.warnings())
        .extracting(PolicyWarning::message)
        .containsExactly("cannot find \"f\"; no call has a weight by it");
    Files.writeString(folder.resolve("f"), "read: 10\n");
    assertThat(MinijailReader.read(policy, options).policy().weights())
        .isEqualTo(Map.of("read", 10L));
    assertThat(MinijailReader.read(policy, options).warnings()).isEmpty();
    Files.writeString(folder.resolve("f"), "read: 10\n\nraed: 3\n");
    assertThat(MinijailReader.read(policy, options).warnings())
        .extracting(PolicyWarning::toString)
        .containsExactly("f:3:1: \"raed\" is not a known system call; its weight is ignored");
    Files.writeString(folder.resolve("f"), "read\n");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> MinijailReader.read(policy, options))
        .withMessageContaining("f:1:1: expected CALL: NUMBER");
  }
}
