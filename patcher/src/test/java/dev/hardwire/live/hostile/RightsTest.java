package dev.hardwire.live.hostile;

import static dev.hardwire.live.hostile.HostileRoom.INPUT_OUTPUT;
import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.hostile.HostileRoom.Command;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the user may not read or write ends in one line, exit code 6, and nothing left behind; what
 * only nobody may write is replaced.
 */
class RightsTest {
  private static final String NONE = "---------";
  private static final String READ_ONLY = "r-xr-xr-x";
  private static final String ALL = "rwxrwxrwx";

  /** Rights are a process's; this one makes the files, and has all of them. */
  private static final CommandLoop HARDWIRE = CommandLoop.sharedWithoutRights();

  @TempDir private Path folder;
  private HostileRoom room;
  private int refused;

  @Test
  void missingRightsAreReported() throws IOException {
    room = new HostileRoom(Files.createDirectory(folder.resolve("room")), HARDWIRE::run);
    for (Command command : Command.values()) {
      unreadableFile(command);
      unreadableFolder(command);
      unwritableFolder(command);
    }
    othersFileInPlace();
    treeWithSecrets();
    fileThatNobodyMayWrite();
    assertThat(refused).isEqualTo(63);
  }

  private static void permit(Path path, String rights) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(rights));
  }

  private void refused(Command command, Path file, Path wrong) {
    Outcome outcome = room.refused(command, file, wrong, INPUT_OUTPUT);
    assertThat(outcome.err())
        .as(command.toString())
        .containsAnyOf("permission denied", "Operation not permitted");
    refused++;
  }

  private void unreadableFile(Command command) throws IOException {
    Path secret = Files.copy(room.fine(command), room.folder.resolve("secret"));
    permit(secret, NONE);
    refused(command, secret, secret);
    Files.delete(secret);
  }

  private void unreadableFolder(Command command) throws IOException {
    Path closed = Files.createDirectory(room.folder.resolve("closed"));
    Path inside = Files.copy(room.fine(command), closed.resolve("inside"));
    permit(closed, NONE);
    refused(command, inside, inside);
    permit(closed, ALL);
    Files.delete(inside);
    Files.delete(closed);
  }

  /** The result would go to a folder in which nothing may be made. */
  private void unwritableFolder(Command command) throws IOException {
    Path fixed = Files.createDirectory(room.folder.resolve("fixed"));
    boolean inPlace = command.worksInPlace();
    Path fine = room.fine(command);
    Path input = inPlace ? Files.copy(fine, fixed.resolve("inside")) : fine;
    if (inPlace || command.writes()) {
      permit(fixed, READ_ONLY);
      Path before = room.out;
      room.out = fixed.resolve("OUT");
      refused(command, input, inPlace ? input : room.out);
      room.out = before;
      permit(fixed, ALL);
      assertThat(fixed.toFile().list()).hasSize(inPlace ? 1 : 0);
    }
    if (inPlace) {
      assertThat(input).has(sameBytesAs(fine));
      Files.delete(input);
    }
    Files.delete(fixed);
  }

  /** In a folder like /tmp, new files may be made, and those of others not replaced. */
  private void othersFileInPlace() throws IOException {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Path file = Files.copy(Fixtures.named("gcc-pie").path(), shared.resolve("others"));
    Programs.output("chown", "-R", "nobody:nogroup", shared);
    permit(file, "rwxr-xr-x");
    Programs.output("chmod", "1777", shared);
    byte[] before = Files.readAllBytes(file);
    refused(Command.PATCH_IN_PLACE, file, file);
    assertThat(file).hasBinaryContent(before);
    assertThat(file.getParent().toFile().list()).hasSize(1);
  }

  /** A folder's owner may replace a file that is read-only, even if the folder cannot be listed. */
  private void fileThatNobodyMayWrite() throws IOException {
    Path blind = Files.createDirectory(room.folder.resolve("blind"));
    Path file = Files.copy(room.good, blind.resolve("file"));
    permit(file, READ_ONLY);
    permit(blind, "-wx------");
    Outcome outcome = HARDWIRE.run("patch", "--deny", "uname", "--in-place", file);
    outcome.succeeds();
    assertThat(outcome.err()).isEmpty();
    assertThat(file).has(sameBytesAs(room.wired));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo(READ_ONLY);
    permit(blind, ALL);
    assertThat(blind.toFile().list()).containsExactly("file");
  }

  private void treeWithSecrets() throws IOException {
    Path tree = Files.createDirectory(room.folder.resolve("tree"));
    Path open = Files.copy(room.good, tree.resolve("open"));
    Path secret = Files.copy(room.good, tree.resolve("secret"));
    Path closed = Files.createDirectory(tree.resolve("closed"));
    permit(secret, NONE);
    permit(closed, NONE);
    Outcome outcome = HARDWIRE.run("patch", "--deny", "uname", "-r", "--in-place", tree);
    String all = outcome.toString();
    assertThat(outcome.status()).as(all).isEqualTo(INPUT_OUTPUT);
    assertThat(outcome.err().lines().sorted().toList())
        .as(all)
        .isEqualTo(
            List.of(
                "hardwire: " + closed + ": permission denied",
                "hardwire: " + secret + ": permission denied"));
    assertThat(outcome.out()).as(all).contains("1 patched", "2 failed");
    assertThat(open).has(sameBytesAs(room.wired));
    refused++;
  }
}
