package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.learn.log.LearnException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Logs in which calls are missing, and output that is no log, are named. */
class IncompleteLogTest {
  private static final String WHOLE =
      """
      execve("/bin/a", ["a"], 0x7f /* 3 vars */) = 0
      openat(AT_FDCWD, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3
      read(3, "\\177ELF"..., 832) = 832
      mmap(NULL, 9, PROT_READ|PROT_EXEC, MAP_PRIVATE, 3, 0) = 0x7f00
      close(3) = 0
      clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 12
      [pid    12] exit_group(0) = ?
      [pid    12] +++ exited with 0 +++
      getppid() = 1
      exit_group(0) = ?
      +++ exited with 0 +++
      """;

  private static void refused(String log, String message) {
    assertThatThrownBy(() -> Learning.from(log).complete().learned())
        .isInstanceOf(LearnException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aCompleteTraceIsTaken() {
    assertThat(Learning.from(WHOLE).complete().counts()).containsKeys("getppid", "clone");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exit_group| log: strace left out calls: a process exits, but the trace has no exit_group;",
        "read| the trace lacks read, mmap or close",
        "mmap| the trace lacks read, mmap or close",
        "close| the trace lacks read, mmap or close",
        "[pid| which were not traced; trace with -f and without filters",
      })
  void filteredTracesAreNamed(String missing, String message) {
    String filtered =
        WHOLE
            .lines()
            .filter(line -> !line.startsWith(missing) && !line.startsWith("[pid    12] " + missing))
            .reduce("", (a, b) -> a + b + "\n");
    refused(filtered, message);
    Learned learned = Learning.from(filtered).learned();
    assertThat(learned.warnings()).anyMatch(line -> line.endsWith("calls may be missing"));
  }

  @Test
  void onlyCallsOfProcessesAreNoTrace() {
    refused(
        """
        1 execve("/bin/a", ["a"], 0x7f /* 3 vars */) = 0
        1 exit_group(0) = ?
        1 +++ exited with 0 +++
        """,
        "only calls that start and end processes");
  }

  /** As {@code strace -f -e trace=%process,%network} writes it. */
  @Test
  void onlyCallsOfProcessesAndOfTheNetworkAreNoTrace() {
    String trace =
        """
        1 execve("/bin/a", ["a"], 0x7f /* 3 vars */) = 0
        1 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
        1 exit_group(0) = ?
        1 +++ exited with 0 +++
        """;
    refused(trace, "only calls of processes and of the network");
    String whole = trace.replace("1 socket", "1 brk(NULL) = 0x55\n1 socket");
    assertThat(Learning.from(whole).complete().counts()).containsKeys("brk", "socket");
  }

  @Test
  void callsThatAreLeftOutOnPurposeAreNotMissing() {
    String trace = "hardwire: not traced: read close\n" + WHOLE;
    String filtered = trace.replaceAll("(?m)^(read|close)\\(.*\n", "");
    assertThat(Learning.from(filtered).complete().learned().needs())
        .contains(new Learned.Need("read", Optional.empty(), "not traced, since it gives no power"))
        .extracting(Learned.Need::call)
        .contains("close");
    refused(filtered.replace("traced: read close", "traced: read"), "lacks read, mmap or close");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[   10.5] audit: audit_lost=92 audit_rate_limit=0 audit_backlog_limit=64",
        "kernel: kauditd_printk_skb: 92 callbacks suppressed",
        "[   10.5] ** 92 printk messages dropped **",
        "Nov 27 09:25:10 vm rsyslogd: imjournal: 92 messages lost due to rate-limiting (20000"
            + " allowed)",
      })
  void lostRecordsAreNamed(String line) {
    String log =
        "audit: type=1326 audit(1795569800.014:3308): pid=7 comm=\"a\" exe=\"/a\" sig=0"
            + " arch=c000003e syscall=231 code=0x7ffc0000\n"
            + line;
    refused(log, "log: the kernel says that records were dropped, at least 92 (line 2)");
    assertThat(Learning.from(log).counts()).containsKey("exit_group");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "% time     seconds  usecs/call     calls    errors syscall| strace -c",
        "type=SECCOMP msg=audit(11/27/2026 09:25:10.690:2) : auid=unset arch=x86_64 syscall=uname"
            + " compat=0 ip=0x7f76 code=log| ausearch -i, whose names depend on the machine; use"
            + " ausearch --raw",
        "`     0.000 ( 0.011 ms): cat/1234 brk()                        = 0x55d5`| perf trace",
        "`         ? (         ): cat/1234  ... [continued]: execve())  = 0`| perf trace",
        "`cat->malloc(9)    = 0x55`| ltrace",
      })
  void otherFormatsAreNamed(String line, String message) {
    assertThatThrownBy(() -> Learning.from(line + "\n").learned())
        .isInstanceOf(LearnException.class)
        .hasMessageStartingWith("log:1: ")
        .hasMessageContaining(message);
  }

  @Test
  void aSummaryAfterATraceIsNoObstacle() {
    String log = "getppid() = 1\n% time     seconds  usecs/call     calls    errors syscall\n";
    assertThat(Learning.from(log).counts()).containsOnlyKeys("getppid");
  }
}
