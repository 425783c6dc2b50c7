package dev.hardwire.live.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs of more than 2 GiB, in a Java process that has 64 MiB of heap. They are nearly all hole,
 * and so is what becomes of them.
 */
class LargeFileTest {
  private static final long SIZE = (1L << 31) + (1 << 20);
  private static final int E_SHOFF = 0x28;
  private static final int E_SHNUM = 0x3c;
  private static final int SECTION_HEADER = 64;

  /** On a machine that has much else to do. */
  private static final int MINUTES = 10;

  @TempDir private Path folder;

  /** A program whose section header table stands behind 2 GiB. */
  private Path makeLarge() throws IOException {
    Path large = folder.resolve("large");
    byte[] program = Files.readAllBytes(Fixtures.named("gcc-pie").path());
    ByteBuffer elf = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    int table = Math.toIntExact(elf.getLong(E_SHOFF));
    int size = elf.getShort(E_SHNUM) * SECTION_HEADER;
    ByteBuffer sections = ByteBuffer.wrap(program.clone(), table, size);
    elf.putLong(E_SHOFF, SIZE - size);
    try (FileChannel channel =
        FileChannel.open(large, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(elf, 0);
      channel.write(sections, SIZE - size);
    }
    Programs.output("chmod", "755", large);
    return large;
  }

  private String hardwire(Object... args) throws IOException {
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    Process process = Cli.process().optimised().heap(64).start(out, err, args);
    try {
      assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(err)).isZero();
    return Files.readString(out);
  }

  private static long stored(Path file) {
    return 512 * Long.parseLong(Programs.output("stat", "-c", "%b", file).strip());
  }

  private void isSigned(Path wired) throws IOException {
    Path key = folder.resolve("key");
    Path certificate = folder.resolve("certificate");
    Programs.output("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-out", key);
    Programs.output(
        List.of("openssl", "req", "-x509", "-subj", "/CN=Vendor", "-addext"),
        List.of("extendedKeyUsage=codeSigning", "-key", key, "-out", certificate));
    Path signed = folder.resolve("signed");
    hardwire("sign", "--key", key, "--cert", certificate, "-o", signed, wired);
    assertThat(Files.size(signed)).isGreaterThan(Files.size(wired));
    assertThat(stored(signed)).isLessThan(1 << 20);
    assertThat(hardwire("verify", "--trust", certificate, signed))
        .contains("signature 1 content: the file has the SHA-256 that was signed")
        .endsWith("  verified\n");
  }

  @Tag("long")
  @Test
  void moreThanTwoGigabytes() throws IOException {
    Path large = makeLarge();
    Path wired = folder.resolve("wired");
    hardwire("patch", Policies.UNAME_ERRNO, "-o", wired, large);
    assertThat(Files.size(wired)).isGreaterThan(SIZE);
    assertThat(stored(wired)).isLessThan(1 << 20);
    assertThat(Programs.run(wired).out()).contains("main uname=errno 100");
    assertThat(hardwire("verify", "--original", large, wired)).endsWith("  verified\n");
    assertThat(hardwire("inspect", wired)).contains("original  %d bytes".formatted(SIZE));
    isSigned(wired);
    hardwire("restore", "--in-place", wired);
    assertThat(stored(wired)).isLessThan(1 << 20);
    try (FileBytes original = FileBytes.open(large);
        FileBytes restored = FileBytes.open(wired)) {
      Bytes bytes = original.bytes();
      assertThat(restored.bytes().differenceFrom(bytes)).isEqualTo(-1);
    }
  }
}
