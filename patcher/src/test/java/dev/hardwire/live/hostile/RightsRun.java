package dev.hardwire.live.hostile;

import static dev.hardwire.live.hostile.HostileRoom.INPUT_OUTPUT;
import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.hostile.HostileRoom.Command;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A program of its own, as rights are a process's: gives every command files and folders that its
 * user may not read or write. Argument: an empty folder, which belongs to that user.
 */
public final class RightsRun {
  private static final String NONE = "---------";
  private static final String READ_ONLY = "r-xr-xr-x";
  private static final String ALL = "rwxrwxrwx";

  private final HostileRoom room;
  private int refused;

  private RightsRun(HostileRoom room) {
    this.room = room;
  }

  /** Starts it; prints how many commands were refused what they asked for. */
  public static void main(String... args) throws IOException {
    RightsRun run = new RightsRun(new HostileRoom(Path.of(args[0])));
    for (Command command : Command.values()) {
      run.unreadableFile(command);
      run.unreadableFolder(command);
      run.unwritableFolder(command);
    }
    run.othersFileInPlace(Path.of(args[1]));
    run.treeWithSecrets();
    run.fileThatNobodyMayWrite();
    System.out.println(run.refused + " refused");
    System.exit(0);
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
    Path folder = Files.createDirectory(room.folder.resolve("closed"));
    Path inside = Files.copy(room.fine(command), folder.resolve("inside"));
    permit(folder, NONE);
    refused(command, inside, inside);
    permit(folder, ALL);
    Files.delete(inside);
    Files.delete(folder);
  }

  /** The result would go to a folder in which nothing may be made. */
  private void unwritableFolder(Command command) throws IOException {
    Path folder = Files.createDirectory(room.folder.resolve("fixed"));
    boolean inPlace = command.worksInPlace();
    Path fine = room.fine(command);
    Path input = inPlace ? Files.copy(fine, folder.resolve("inside")) : fine;
    if (inPlace || command.writes()) {
      permit(folder, READ_ONLY);
      Path before = room.out;
      room.out = folder.resolve("OUT");
      refused(command, input, inPlace ? input : room.out);
      room.out = before;
      permit(folder, ALL);
      assertThat(folder.toFile().list()).hasSize(inPlace ? 1 : 0);
    }
    if (inPlace) {
      assertThat(input).has(sameBytesAs(fine));
      Files.delete(input);
    }
    Files.delete(folder);
  }

  /** In a folder like /tmp, new files may be made, and those of others not replaced. */
  private void othersFileInPlace(Path file) throws IOException {
    byte[] before = Files.readAllBytes(file);
    refused(Command.PATCH_IN_PLACE, file, file);
    assertThat(file).hasBinaryContent(before);
    assertThat(file.getParent().toFile().list()).hasSize(1);
  }

  /** A folder's owner may replace a file that is read-only, even if the folder cannot be listed. */
  private void fileThatNobodyMayWrite() throws IOException {
    Path folder = Files.createDirectory(room.folder.resolve("blind"));
    Path file = Files.copy(room.good, folder.resolve("file"));
    permit(file, READ_ONLY);
    permit(folder, "-wx------");
    Outcome outcome = Cli.run("patch", "--deny", "uname", "--in-place", file);
    outcome.succeeds();
    assertThat(outcome.err()).isEmpty();
    assertThat(file).has(sameBytesAs(room.wired));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo(READ_ONLY);
    permit(folder, ALL);
    assertThat(folder.toFile().list()).containsExactly("file");
  }

  private void treeWithSecrets() throws IOException {
    Path tree = Files.createDirectory(room.folder.resolve("tree"));
    Path open = Files.copy(room.good, tree.resolve("open"));
    Path secret = Files.copy(room.good, tree.resolve("secret"));
    Path closed = Files.createDirectory(tree.resolve("closed"));
    permit(secret, NONE);
    permit(closed, NONE);
    Outcome outcome = Cli.run("patch", "--deny", "uname", "-r", "--in-place", tree);
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
