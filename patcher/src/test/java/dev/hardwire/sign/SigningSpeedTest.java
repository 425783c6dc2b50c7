package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Signing and verifying a large file takes little longer than its digest, and no memory. The time
 * is that of the command without the start of the virtual machine.
 */
class SigningSpeedTest {
  private static final int SIZE = 100_000_000;
  private static final int ROUNDS = 15;
  @TempDir private Path directory;

  private interface Action {
    void run() throws IOException;
  }

  /** Medians of what takes turns, in nanoseconds. */
  private static Map<String, Long> medians(Map<String, Action> actions) throws IOException {
    Map<String, long[]> times = new LinkedHashMap<>();
    for (int i = 0; i < ROUNDS; i++) {
      for (var action : actions.entrySet()) {
        long start = System.nanoTime();
        action.getValue().run();
        times.computeIfAbsent(action.getKey(), name -> new long[ROUNDS])[i] =
            System.nanoTime() - start;
      }
    }
    Map<String, Long> medians = new LinkedHashMap<>();
    times.forEach(
        (name, each) -> {
          Arrays.sort(each);
          medians.put(name, each[ROUNDS / 2]);
        });
    return medians;
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

  private static String[] sign(SigningRoom room, String option, Path output, Path file) {
    return Stream.of(
            "sign",
            "--key",
            room.file("vendor.key"),
            "--cert",
            room.file("vendor.pem"),
            option,
            output,
            file)
        .map(Object::toString)
        .toArray(String[]::new);
  }

  @Test
  @Tag("long")
  void asFastAsTheDigest() throws IOException {
    SigningRoom room = room();
    Path patched = room.file("patched");
    Path signed = room.sign(patched, "vendor", "signed");
    Path signature = room.file("signature");
    Path again = room.file("again");
    Map<String, Action> actions = new LinkedHashMap<>();
    actions.put(
        "cleaning up",
        () -> {
          Files.deleteIfExists(signature);
          Files.deleteIfExists(again);
        });
    actions.put("openssl dgst", () -> room.output("openssl", "dgst", "-sha256", patched));
    actions.put("verify", () -> assertThat(room.verify(signed).code()).isZero());
    actions.put("sign", () -> SigningRoom.ok((Object[]) sign(room, "-o", again, patched)));
    actions.put(
        "sign --detached",
        () -> SigningRoom.ok((Object[]) sign(room, "--detached", signature, patched)));
    actions.put(
        "verify --signature",
        () -> assertThat(room.verify(patched, "--signature", signature).code()).isZero());
    Map<String, Long> medians = medians(actions);
    Files.writeString(Path.of("target/signing-speed.txt"), medians + "\n");
    long limit = medians.get("openssl dgst") * 3 / 2;
    medians.remove("cleaning up");
    assertThat(medians).allSatisfy((name, median) -> assertThat(median).isLessThan(limit));
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
