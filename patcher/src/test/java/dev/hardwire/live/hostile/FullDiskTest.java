package dev.hardwire.live.hostile;

import static dev.hardwire.live.hostile.HostileRoom.INPUT_OUTPUT;
import static dev.hardwire.testing.Programs.output;
import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.hostile.HostileRoom.Command;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where the disk is full or may only be read, every command that writes ends with one line and exit
 * code 6, and leaves the input whole and nothing else.
 */
class FullDiskTest {
  private static final String FULL = "No space left on device";

  /** More files than are put in their places at once. */
  private static final int LATE = 40;

  @TempDir private Path folder;
  private HostileRoom room;
  private Path place;

  @BeforeEach
  void furnish() throws IOException {
    room = new HostileRoom(Files.createDirectory(folder.resolve("room")));
    place = Files.createDirectory(folder.resolve("place"));
  }

  @AfterEach
  void unmount() {
    output("umount", place);
  }

  private void mount(String options) {
    output("mount", "-t", "tmpfs", "-o", options, "tmpfs", place);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(place)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  static Stream<Command> writing() {
    return Arrays.stream(Command.values()).filter(Command::writes);
  }

  static Stream<Command> inPlace() {
    return Arrays.stream(Command.values()).filter(Command::worksInPlace);
  }

  /** No room for bytes, or for a file. */
  @ParameterizedTest
  @ValueSource(strings = {"size=4k", "nr_inodes=2"})
  void resultsForWhichThereIsNoRoom(String options) throws IOException {
    mount(options);
    Files.write(place.resolve("filler"), new byte[4096]);
    for (Command command : writing().toList()) {
      room.out = folder.resolve("OUT");
      Path input = room.fine(command);
      room.out = place.resolve("OUT");
      Outcome outcome = room.refused(command, input, room.out, INPUT_OUTPUT);
      assertThat(outcome.err()).contains(FULL);
      assertThat(names()).containsExactly("filler");
    }
  }

  @ParameterizedTest
  @MethodSource("inPlace")
  void changesForWhichThereIsNoRoom(Command command) throws IOException {
    Path fine = room.fine(command);
    mount("size=" + (Files.size(fine) + 4096));
    Path file = Files.copy(fine, place.resolve("file"));
    Outcome outcome = room.refused(command, file, INPUT_OUTPUT);
    assertThat(outcome.err()).contains(FULL);
    assertThat(file).has(sameBytesAs(fine));
    assertThat(names()).containsExactly("file");
    output("mount", "-o", "remount,ro", place);
    assertThat(room.refused(command, file, INPUT_OUTPUT).err()).contains("Read-only file system");
    assertThat(file).has(sameBytesAs(fine));
  }

  @Test
  void readOnlyPlaces() throws IOException {
    mount("ro");
    for (Command command : writing().toList()) {
      room.out = place.resolve("OUT");
      Outcome outcome = room.refused(command, room.fine(command), room.out, INPUT_OUTPUT);
      assertThat(outcome.err()).contains("Read-only file system");
    }
  }

  @Test
  void treesForWhichThereIsNoRoom() throws IOException {
    mount("size=28k");
    Path tree = Files.createDirectory(room.folder.resolve("tree"));
    for (String name : List.of("a", "b", "c")) {
      Files.copy(room.good, tree.resolve(name));
    }
    Outcome outcome =
        Cli.run(
            List.of("patch", "--deny", "uname", "--jobs", "1"), // two at once may both lack room
            List.of("-r", "--output-dir", place, tree));
    outcome.endsWith(INPUT_OUTPUT);
    assertThat(outcome.err().lines())
        .as(outcome.toString())
        .hasSize(2)
        .allMatch(l -> l.endsWith(FULL));
    assertThat(outcome.out()).contains("1 patched", "2 failed");
    assertThat(names()).hasSize(1);
    assertThat(place.resolve(names().get(0))).has(sameBytesAs(room.wired));
  }

  /** A disk that takes contents, and fails when they have to be on it. */
  @Test
  void changesThatDoNotReachTheDisk() throws IOException {
    mount("size=16m");
    Path image = place.resolve("image");
    output("truncate", "-s", "64M", image);
    output("mkfs.ext4", "-q", image);
    Path disk = Files.createDirectory(folder.resolve("disk"));
    output("mount", "-o", "loop", image, disk);
    try {
      for (int i = 0; i < LATE; i++) {
        Files.copy(room.good, disk.resolve("file" + i));
      }
      output("sync", "-f", disk);
      Programs.run("dd", "if=/dev/zero", "of=" + place.resolve("filler"), "bs=4k", "count=1M");
      Outcome outcome =
          Cli.run("patch", "--deny", "uname", "--jobs", "2", "-r", "--in-place", disk);
      outcome.endsWith(INPUT_OUTPUT);
      assertThat(outcome.err().lines().filter(line -> line.contains(disk + "/file"))).hasSize(LATE);
      assertThat(outcome.out()).contains(LATE + " failed").doesNotContain("hook ");
      for (int i = 0; i < LATE; i++) {
        assertThat(disk.resolve("file" + i)).has(sameBytesAs(room.good));
      }
    } finally {
      output("umount", disk);
    }
  }

  /** What is printed is a result too: bytes and text. */
  @Test
  void standardOutput() {
    hasNoRoomFor(List.of(List.of("policy", "compile", room.policy), List.of("--help")));
  }

  @Test
  @Tag("long")
  void standardOutputOfMoreCommands() {
    hasNoRoomFor(
        List.of(
            List.of("verify", "--json", room.wired),
            List.of("inspect", room.wired),
            List.of("inspect", "--json", room.wired),
            List.of("patch", "--deny", "uname", "--json", "-o", room.out, room.good),
            List.of("learn", "--from", "strace", room.log)));
  }

  private void hasNoRoomFor(List<List<Object>> commands) {
    mount("size=4k");
    for (Object command : commands) {
      Outcome outcome =
          Programs.run(
              List.of("sh", "-c", "exec \"$@\" >/dev/full", "sh"), Cli.process().command(command));
      assertThat(outcome.status()).as(command + ": " + outcome).isEqualTo(INPUT_OUTPUT);
      assertThat(outcome.err()).endsWith("hardwire: standard output: " + FULL + "\n");
    }
  }
}
