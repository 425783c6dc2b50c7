package dev.hardwire.live.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code learn} with little memory and a log far larger: all kinds of lines, in any mix. */
class LearnMemoryTest {
  /** What makes a block of the log, with a number that is another one in each. */
  private static final String BLOCK =
      """
      7 openat(AT_FDCWD, "/var/lib/thing/%1$d", O_RDONLY|O_CLOEXEC <unfinished ...>
      8 ioctl(1, TCGETS, {c_iflag=ICRNL|IXON, c_oflag=NL0|CR0, c_cflag=B38400|CS8}) = 0
      7 <... openat resumed>) = 3
      7 fork() = %2$d
      %2$d socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = %3$d
      %2$d exit_group(0) = ?
      %2$d +++ exited with 0 +++
      [ %1$d.408485] audit: type=1326 audit(1795569800.014:%1$d): auid=1 uid=0 pid=%2$d comm="a" exe="/a" sig=0 arch=c000003e syscall=63 compat=0 ip=0x7f51 code=0x7ffc0000
      type=SECCOMP msg=audit(1795569801.014:%1$d): auid=1 uid=0 pid=%2$d comm="a" exe="/a" sig=0 arch=c000003e syscall=39 compat=0 ip=0x7f51 code=0x7ffc0000
      {"_TRANSPORT":"kernel","MESSAGE":"audit: type=1326 audit(1795569802.014:%1$d): pid=9 comm=\\"a\\" exe=\\"/a\\" sig=0 arch=c000003e syscall=102 code=0x7ffc0000"}
      line %1$d of something else
      """;

  private static final int MEGABYTE = 1 << 20;

  @TempDir private Path folder;

  @Test
  @Tag("long")
  void aLogOfSixteenMegabytes() throws Exception {
    learn(16, 24);
  }

  @Test
  @Tag("long")
  void aLogOfFiveHundredMegabytes() throws Exception {
    learn(500, 64);
  }

  private void learn(int logMegabytes, int heapMegabytes) throws Exception {
    Path policy = folder.resolve("policy");
    Path err = folder.resolve("err");
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(
                Cli.process()
                    .optimised()
                    .heap(heapMegabytes)
                    .jvm("-XX:+UseSerialGC")
                    .command("learn", "--arguments", "--whole", "-"))
            .redirectOutput(policy.toFile())
            .redirectError(err.toFile())
            .start();
    long blocks = write(process.getOutputStream(), logMegabytes);
    assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
    double seconds = (System.nanoTime() - start) / 1e9;
    assertThat(process.exitValue()).as(Files.readString(err)).isZero();
    String times = "%,d time".formatted(blocks);
    for (String call :
        new String[] {"openat", "ioctl", "fork", "socket", "uname", "getpid", "getuid"}) {
      assertThat(Files.readString(policy))
          .as(call)
          .containsPattern("\\b%s\\b.*# %s".formatted(call, times));
    }
    assertThat(Files.readString(err)).contains(blocks + " lines were not understood");
    Files.writeString(
        Path.of("target/learn-memory-%d.txt".formatted(logMegabytes)),
        "%d MB in %.1f s with a heap of %d MB%n".formatted(logMegabytes, seconds, heapMegabytes));
  }

  /** Returns how many blocks make up so many megabytes. */
  private static long write(OutputStream out, int megabytes) throws IOException {
    long written = 0;
    long blocks = 0;
    try (out) {
      while (written < (long) megabytes * MEGABYTE) {
        long pid = 100 + blocks % 30_000;
        byte[] block =
            BLOCK.formatted(blocks + 1, pid, blocks % 1000).getBytes(StandardCharsets.US_ASCII);
        out.write(block);
        written += block.length;
        blocks++;
      }
    }
    return blocks;
  }
}
