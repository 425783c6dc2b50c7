package dev.hardwire.sign;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signing and verifying a large file takes no memory. */
@Tag("system")
class SigningMemoryTest {
  private static final int SIZE = 100_000_000;
  @TempDir private Path directory;

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
    Cli.ok("patch", "--deny", "uname", "-o", room.file("patched"), room.file("large"));
    return room;
  }

  @Test
  @Tag("long")
  void takesNoMemory() throws IOException {
    SigningRoom room = room();
    for (String command :
        new String[] {
          "sign --key vendor.key --cert vendor.pem -o signed patched",
          "verify --trust root.pem signed",
        }) {
      Outcome outcome =
          room.tool(
              "sh",
              "-c",
              Cli.process().optimised().heap(48).line((Object[]) command.split(" ", -1)));
      outcome.succeeds();
    }
  }
}
