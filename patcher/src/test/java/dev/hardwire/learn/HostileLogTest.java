package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.learn.log.LearnException;
import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.learn.record.Tasks;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Logs that are damaged, made to do harm, or endless. */
@Tag("slow")
class HostileLogTest {
  private static final List<String> SAMPLES =
      List.of("dmesg.txt", "auditd.log", "journal.export", "journal.json", "many-calls.trace");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n\n\n",
        "\u0000\u0001\u0002\u00ff\u00fe",
        "(((((((((((((((",
        "execve(",
        "execve(\"",
        "1 <... read resumed>",
        "[pid 99999999999999999999] read(0) = 0",
        "[pid ",
        "+++ exited with 0 +++",
        "{\"MESSAGE\":",
        "{\"MESSAGE\":[1,2,",
        "{\"a\":{\"b\":[{\"c\":",
        "{}",
        "__CURSOR=x\nMESSAGE\n\u0005",
        "audit: type=1326 audit(1.2:3): ",
        "audit: type=1326 audit(1.2:3): =====",
        "audit: type=1326 audit(1.2:3): arch=\" syscall=\"",
        "type=SECCOMP msg=audit(1.2:3): arch=c000003e syscall=-63",
        "type=SECCOMP msg=audit(99999999999999999999.2:3): arch=c000003e syscall=63",
      })
  void nothingUsableIsAnErrorThatSaysSo(String log) {
    assertThatThrownBy(() -> Learning.from(log).policy())
        .isInstanceOf(LearnException.class)
        .hasMessageStartingWith("log: nothing to learn from: no system call in it (");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0001\u0000\u0000@\u0000\u0000\u0000\u0000",
        "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f",
        "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff"
      })
  void fieldsThatAreTooLongAreNotReadToTheirEnd(String length) {
    assertThatThrownBy(() -> Learning.from("__CURSOR=x\nMESSAGE\n" + length).policy())
        .isInstanceOf(LearnException.class)
        .hasMessage("log: the field after line 2 is longer than 1 GiB: this is no journal");
  }

  @Test
  void linesWithoutAnEndAreNotReadToTheirEnd() {
    Learner learner = learner();
    assertThatThrownBy(() -> learner.read("log", new Generated("\0".repeat(1 << 15), 1L << 40)))
        .isInstanceOf(LearnException.class)
        .hasMessage("log: line 1 is longer than 64 MiB: this is no log");
  }

  @Test
  void noLogCausesAnythingButAClearError() {
    damagedLogs(15);
  }

  @Test
  @Tag("long")
  void noneOfManyLogsCausesAnythingButAClearError() {
    damagedLogs(1000);
  }

  private static void damagedLogs(int count) {
    Random random = new Random(8);
    for (String name : SAMPLES) {
      byte[] good = Learning.resource(name).getBytes(StandardCharsets.ISO_8859_1);
      for (int i = 0; i < count; i++) {
        byte[] bad = good.clone();
        for (int j = 0; j <= i % 20; j++) {
          bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
        }
        int length = i % 3 == 0 ? random.nextInt(bad.length) : bad.length;
        String text = new String(bad, 0, length, StandardCharsets.ISO_8859_1);
        try {
          LearnedPolicy policy = Learning.from(text).flags(true, i % 2 == 0, i % 5 == 0).policy();
          assertThat(policy.policy().rules()).isNotEmpty();
        } catch (LearnException e) {
          assertThat(e).hasMessageStartingWith("log");
        }
      }
    }
  }

  @Test
  void linesOfMegabytesAreCut() {
    String name = "a".repeat(3_000_000);
    Learning learning =
        Learning.from(
            "getpid() = 1\n"
                + name
                + "\nwrite(1, \""
                + name
                + "\", 9) = 9\nopenat(AT_FDCWD, \""
                + name
                + "\", O_RDWR) = 3\ngetuid() = 0\n");
    assertThat(learning.counts())
        .isEqualTo(Map.of("getpid", 1L, "write", 1L, "openat", 1L, "getuid", 1L));
    assertThat(learning.flags(true, false, false).policy().text())
        .contains("- openat     # 1 time, first at log:4; no condition: flags: it was not logged")
        .contains("log: 1 line was not understood: line 2\n");
  }

  @Test
  void processesThatNeverEndAreNotKeptWithoutLimit() {
    StringBuilder log = new StringBuilder();
    for (int pid = 1; pid <= Tasks.LIMIT + 1; pid++) {
      log.append(pid).append(" getpid() = 1\n");
    }
    assertThatThrownBy(() -> Learning.from(log.toString()).counts())
        .isInstanceOf(LearnException.class)
        .hasMessageContaining("more than 32768 threads at a time");
  }

  @Test
  void processesThatEndAreForgotten() {
    processesEnd(Tasks.LIMIT + 1); // one more than there may be at a time
  }

  @Test
  @Tag("long")
  void processesThatEndAreForgottenForever() {
    processesEnd(3 * Tasks.LIMIT);
  }

  private static void processesEnd(int last) {
    StringBuilder log = new StringBuilder("1 getpid() = 1\n");
    for (int pid = 2; pid <= last; pid++) {
      log.append("1 fork() = ").append(pid).append('\n').append(pid);
      log.append(" getuid() = 0\n").append(pid).append(" +++ exited with 0 +++\n");
    }
    assertThat(Learning.from(log.toString()).counts()).containsEntry("getuid", last - 1L);
  }

  /** Lines without numbers, from one thread that starts many. */
  private static String clones(int count) {
    StringBuilder log = new StringBuilder("1 getpid() = 1\n");
    for (int i = 0; i < count; i++) {
      int pid = 2 + i % (Tasks.LIMIT / 2);
      log.append("clone(child_stack=NULL, flags=SIGCHLD) = ").append(pid).append('\n');
    }
    return log.toString();
  }

  private static long processorTime(String log, long count) {
    long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    assertThat(Learning.from(log).counts()).containsEntry("clone", count);
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
  }

  @Test
  void theTimeForProcessesThatStartOthersIsLinear() {
    String few = clones(10_000);
    String many = clones(40_000);
    processorTime(few, 10_000); // compiles the code
    long limit = 10 * processorTime(few, 10_000) + 200_000_000;
    long time = processorTime(many, 40_000);
    for (int i = 0; i < 2 && time >= limit; i++) { // what else costs time, does so once
      time = processorTime(many, 40_000);
    }
    assertThat(time).isLessThan(limit);
  }

  /** A log that is made while it is read. */
  private static final class Generated extends InputStream {
    private final byte[] block;
    private long left;

    Generated(String block, long size) {
      this.block = block.getBytes(StandardCharsets.ISO_8859_1);
      this.left = size / this.block.length;
    }

    @Override
    public int read() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (left == 0) {
        return -1;
      }
      left--;
      System.arraycopy(block, 0, target, offset, block.length);
      return block.length;
    }
  }

  private static Stream<String> blocks() {
    return Stream.of(
        """
        7 openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC <unfinished ...>
        8 ioctl(1, TCGETS, {c_iflag=ICRNL|IXON}) = 0
        7 <... openat resumed>) = 3
        7 fork() = 9
        9 socket(AF_UNIX, SOCK_STREAM, 0) = 3
        9 +++ exited with 0 +++
        """,
        "audit: type=1326 audit(1.2:3): pid=1 exe=\"/a\" arch=c000003e syscall=63\n",
        "no log at all, but what another program has printed\n",
        "a line that does not end ");
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void memoryDoesNotGrowWithTheLog(String block) throws IOException {
    isRead(block, 1 << 20);
  }

  @ParameterizedTest
  @MethodSource("blocks")
  @Tag("long")
  void memoryDoesNotGrowWithALongerLog(String block) throws IOException {
    isRead(block, 4 << 20);
  }

  @Test
  @Tag("long")
  void memoryDoesNotGrowWithALogOfShortLines() throws IOException {
    isRead("no log at all\n", 4 << 20);
  }

  /** Reads a log of so many bytes, of which at most a quarter may be kept. */
  private static void isRead(String block, int size) throws IOException {
    Learner learner = learner();
    learner.read("start", new Generated(block, size / 4));
    long grown = Long.MAX_VALUE;
    for (int i = 0; i < 3 && grown >= size / 4; i++) { // what else the JVM keeps, it keeps once
      long before = used();
      learner.read("log", new Generated(block, size));
      grown = used() - before;
    }
    assertThat(grown).isLessThan(size / 4);
  }

  private static Learner learner() {
    return new Learner(
        new LearnOptions(
            LearnOptions.From.AUTO,
            Optional.empty(),
            java.util.OptionalInt.empty(),
            Optional.empty(),
            true,
            false,
            false,
            true,
            false,
            dev.hardwire.arch.Target.X86_64));
  }

  private static long used() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
