package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Signing and verifying a large file takes little longer than its digest, and no memory. The time
 * is that of the command without the start of the virtual machine.
 */
class SigningSpeedTest {
  private static final int SIZE = 100_000_000;
  private static final int ROUNDS = 7;
  @TempDir private Path directory;

  private interface Action {
    void run() throws IOException;
  }

  private static long median(Action action) throws IOException {
    long[] times = new long[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      long start = System.nanoTime();
      action.run();
      times[i] = System.nanoTime() - start;
    }
    Arrays.sort(times);
    return times[ROUNDS / 2];
  }

  private SigningRoom room() throws IOException {
    SigningRoom room = new SigningRoom(directory);
    var root = TestCertificate.root();
    room.write("root", root);
    room.write("vendor", TestCertificate.signer("Vendor").by(root).make());
    byte[] padding = new byte[SIZE];
    new Random(1).nextBytes(padding);
    Files.write(room.file("padding"), padding);
    room.output(
        "objcopy", "--add-section", ".padding=padding", Fixtures.named("gcc-pie").path(), "large");
    SigningRoom.ok("patch", "--deny", "uname", "-o", room.file("patched"), room.file("large"));
    return room;
  }

  @Test
  @Tag("long")
  void asFastAsTheDigest() throws IOException {
    SigningRoom room = room();
    Path patched = room.file("patched");
    Path signed = room.sign(patched, "vendor", "signed");
    assertThat(room.verify(signed).code()).isZero();
    long digest = median(() -> room.output("openssl", "dgst", "-sha256", patched));
    long signing =
        median(
            () ->
                SigningRoom.ok(
                    "sign",
                    "--key",
                    room.file("vendor.key"),
                    "--cert",
                    room.file("vendor.pem"),
                    "--detached",
                    room.file("p7s" + System.nanoTime()),
                    patched));
    long verifying = median(() -> assertThat(room.verify(signed).code()).isZero());
    String measured =
        "openssl dgst %d ms, sign %d ms, verify %d ms"
            .formatted(digest / 1_000_000, signing / 1_000_000, verifying / 1_000_000);
    Files.writeString(Path.of("target/signing-speed.txt"), measured + "\n");
    assertThat(signing).as(measured).isLessThan(digest * 3 / 2);
    assertThat(verifying).as(measured).isLessThan(digest * 3 / 2);
  }

  @Test
  void takesNoMemory() throws IOException {
    SigningRoom room = room();
    for (String command :
        new String[] {
          "sign --key vendor.key --cert vendor.pem -o signed patched",
          "verify --trust root.pem signed",
        }) {
      SigningRoom.Outcome outcome =
          room.tool(
              "sh",
              "-c",
              "'%s/bin/java' -Xmx48m -cp '%s' dev.hardwire.cli.Main %s"
                  .formatted(
                      System.getProperty("java.home"),
                      System.getProperty("java.class.path"),
                      command));
      assertThat(outcome.code()).as(outcome.toString()).isZero();
    }
  }
}
