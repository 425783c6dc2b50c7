package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.learn.log.LearnException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Records of the kernel in every form. The samples come from a kernel 6.18, auditd 4.0 and systemd
 * 257; the last entries of the journal are forgeries by programs.
 */
class KernelLogTest {
  private static final Map<String, Long> HELLO =
      Map.of("brk", 2L, "exit_group", 1L, "fstat", 1L, "getrandom", 1L, "write", 1L);

  private static final String RECORD =
      "audit: type=1326 audit(1795569800.014:3308): auid=4294967295 uid=0 gid=0 ses=4294967295"
          + " pid=77 comm=\"hello\" exe=\"/opt/hello\" sig=0 arch=c000003e syscall=63 compat=0"
          + " ip=0x7f51a5f82055 code=0x7ffc0000";

  @ParameterizedTest
  @ValueSource(
      strings = {"dmesg.txt", "auditd.log", "ausearch-raw.log", "journal.export", "journal.json"})
  void samples(String name) {
    Learning learning = Learning.from(Learning.resource(name));
    assertThat(learning.exe("/opt/demo/hello wired").counts()).isEqualTo(HELLO);
    assertThat(learning.exe("/opt/demo/ls-wired").counts()).containsKeys("openat", "read");
    assertThat(learning.learned().subject()).isEqualTo("ls-wired");
  }

  @Test
  void textOfTheJournalHasRecordsTwice() {
    Learning learning = Learning.from(Learning.resource("journal-short.txt"));
    assertThat(learning.exe("hello wired").counts())
        .containsOnlyKeys(HELLO.keySet())
        .containsEntry("write", 2L);
  }

  @Test
  void oneRecordInSeveralLogsCountsOnce() {
    Learning learning =
        new Learning()
            .log("1", Learning.resource("journal.json"))
            .log("2", Learning.resource("dmesg.txt"))
            .log("3", Learning.resource("journal.export"));
    assertThat(learning.exe("hello wired").counts()).isEqualTo(HELLO);
  }

  @ParameterizedTest
  @ValueSource(strings = {"journal.export", "journal.json"})
  void whatProgramsLogIsNoRecord(String name) {
    assertThat(Learning.from(Learning.resource(name)).counts())
        .containsEntry("getpid", 1L)
        .doesNotContainKey("execve");
  }

  @Test
  void droppedRecordsAreSaid() {
    assertThat(Learning.from(Learning.resource("dmesg.txt")).learned().warnings())
        .containsExactly(
            "log: the kernel says that records were dropped, at least 162 (line 11); calls may be"
                + " missing");
    assertThat(
            Learning.from(
                    "audit: rate limit exceeded\naudit: audit_lost=5 audit_rate_limit=0\n"
                        + "[ 1.0] audit: audit_lost=6 audit_rate_limit=0\n"
                        + "[ 1.0] audit: backlog limit exceeded\n** 12 printk messages dropped **\n"
                        + RECORD)
                .learned()
                .warnings())
        .singleElement()
        .asString()
        .contains("at least 23 (lines 1, 2, 3, 4, 5)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[ 7224.408485] ",
        "<5>[ 7224.408485] ",
        "kern  :notice: [ 7224.408485] ",
        "[Wed Nov 25 01:21:55 2026] ",
        "2026-11-25T01:21:55,774861+00:00 ",
        "Nov 25 01:23:21 host kernel: ",
        "Nov  5 01:23:21 host.example kernel: [ 7224.408485] ",
        "2026-11-25T01:21:55.774861+01:00 host kernel: ",
      })
  void everyPrefixOfTheSystemLog(String prefix) {
    assertThat(Learning.from(prefix + RECORD + "\n" + prefix + "eth0: link up\n").learned())
        .satisfies(
            learned -> {
              assertThat(learned.counts()).isEqualTo(Map.of("uname", 1L));
              assertThat(learned.subject()).isEqualTo("hello");
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Nov 25 01:23:21 host liar: ",
        "[ 7224.408485] liar: ",
        "{\"_TRANSPORT\":\"syslog\",\"MESSAGE\":\"",
        "comm=\"x ",
      })
  void aRecordWithinAnotherMessageIsNone(String prefix) {
    assertThatThrownBy(() -> Learning.from(prefix + RECORD).counts())
        .isInstanceOf(LearnException.class)
        .hasMessageContaining("nothing to learn from");
  }

  @Test
  void namesCannotPassForFields() {
    String forged = RECORD.replace("\"hello\"", "\"a syscall=59 b\"");
    assertThat(Learning.from(forged).counts()).containsOnlyKeys("uname");
    String hexadecimal = RECORD.replace("\"hello\"", "2073797363616C6C3D3539");
    assertThat(Learning.from(hexadecimal).counts()).containsOnlyKeys("uname");
  }

  @Test
  void selectsByPid() {
    String other = RECORD.replace("pid=77", "pid=78").replace(":3308", ":1").replace("=63", "=39");
    assertThat(Learning.from(RECORD + "\n" + other).pid(78).counts()).containsOnlyKeys("getpid");
  }

  @ParameterizedTest
  @CsvSource({
    "arch=40000003, syscall=4, i386 (arch=40000003)",
    "arch=c00000b7, syscall=4, aarch64 (arch=c00000b7)",
    "arch=deadbeef, syscall=4, an unknown architecture (arch=deadbeef)",
    "arch=c000003e, syscall=1073741825, x32",
  })
  void otherArchitecturesAreErrorsUnlessLeftOut(String arch, String call, String name) {
    String other =
        RECORD.replace("arch=c000003e", arch).replace("syscall=63", call).replace(":3308", ":1");
    Learning learning = Learning.from(RECORD + "\n" + other);
    assertThatThrownBy(learning::counts)
        .isInstanceOf(LearnException.class)
        .hasMessage(
            "log:2: a call of %s, and the policy is for x86_64; --ignore-other-arch ignores such"
                    .formatted(name)
                + " calls");
    assertThat(learning.flags(false, false, true).counts()).isEqualTo(Map.of("uname", 1L));
  }

  @ParameterizedTest
  @CsvSource({
    "-1, unknown call -1",
    "1999, unknown call 1999",
    "4294967295, unknown call 4294967295",
    "999999999999999999, unknown call 999999999999999999",
    "99999999999999999999999, 1 line was not understood: line 1",
    "0x3f, 1 line was not understood: line 1",
    "'', 1 line was not understood: line 1",
  })
  void absurdNumbers(String number, String warning) {
    String absurd = RECORD.replace("syscall=63", "syscall=" + number).replace(":3308", ":1");
    Learning learning = Learning.from(absurd + "\n" + RECORD);
    assertThat(learning.counts()).isEqualTo(Map.of("uname", 1L));
    assertThat(learning.learned().warnings()).singleElement().asString().contains(warning);
    assertThatThrownBy(() -> Learning.from(absurd).counts()).isInstanceOf(LearnException.class);
  }

  @Test
  void deniedCallsAreSaid() {
    String denied = RECORD.replace("0x7ffc0000", "0x80000000");
    assertThat(Learning.from(denied).learned().warnings())
        .singleElement()
        .asString()
        .startsWith("1 call got the action kill-process of the policy in force");
  }

  @Test
  void aRecordCutShortIsNotUnderstood() {
    String cut = RECORD.substring(0, RECORD.indexOf(" syscall="));
    assertThatThrownBy(() -> Learning.from(cut).counts())
        .hasMessage(
            "log: nothing to learn from: no system call in it (1 line, 1 of them not understood)");
  }
}
