package dev.hardwire.live.hostile;

import static dev.hardwire.live.hostile.HostileRoom.INPUT_OUTPUT;
import static dev.hardwire.live.hostile.HostileRoom.NOT_PATCHABLE;
import static dev.hardwire.live.hostile.HostileRoom.NOT_VERIFIED;
import static dev.hardwire.testing.Programs.output;
import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.hostile.HostileRoom.Command;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever a user names, every command ends soon, with the right exit code, one clear line, and
 * nothing left behind.
 */
class HostileFilesTest {
  private static final int E_PHOFF = 32;
  private static final int E_SHOFF = 40;
  private static final int E_PHNUM = 56;
  private static final int E_SHNUM = 60;
  private static final int SECTION_HEADER = 64;
  private static final int SH_SIZE = 32;
  private static final int FIRST_SEGMENT = 64;
  private static final int INVALID_POLICY = 4;

  /** Of so many values that cannot be, the usual profile tries one. */
  private static final int SAMPLE = 7;

  /** Shells and Java give what the kernel does not take to a shell. */
  private static final String EXECUTE =
      """
      import errno, os, sys
      for program in sys.argv[1:]:
        try: os.execv(program, ["x"])
        except OSError as e: print(errno.errorcode[e.errno])
      """;

  /** What is no regular file. */
  @TempDir private static Path odd;

  @TempDir private Path folder;
  private HostileRoom room;

  @BeforeAll
  static void makeOddFiles() throws IOException {
    Path fifo = odd.resolve("fifo");
    output("mkfifo", fifo);
    Files.createSymbolicLink(odd.resolve("to-fifo"), fifo);
    Files.createSymbolicLink(odd.resolve("loop"), Path.of("loop"));
    Files.createSymbolicLink(odd.resolve("dangling"), Path.of("nowhere"));
    Path socket = odd.resolve("socket");
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(socket))
        .close();
    Files.createDirectory(odd.resolve("directory"));
  }

  private static List<Path> oddFiles() throws IOException {
    try (Stream<Path> files = Files.list(odd)) {
      return files.sorted().toList();
    }
  }

  @BeforeEach
  void furnish() throws IOException {
    room = new HostileRoom(folder);
  }

  /** Whoever has read enough, such as head(1), need not be told so. */
  @Test
  void standardOutputThatNothingReadsAnyMore() {
    endsQuietly("patch", "--deny", "uname", "-o", room.out, room.good);
    assertThat(room.out).exists(); // a result is written to its end
  }

  @Test
  @Tag("long")
  void longStandardOutputThatNothingReadsAnyMore() {
    endsQuietly("policy", "presets");
  }

  private static void endsQuietly(Object... command) {
    Outcome outcome =
        Programs.run(
            List.of("bash", "-c", "exec 3> >(:); wait $!; exec \"$@\" >&3", "bash"),
            Cli.process().command(command));
    assertThat(outcome).isEqualTo(new Outcome(INPUT_OUTPUT, "", ""));
  }

  // ---- what is no regular file

  @ParameterizedTest
  @EnumSource(Command.class)
  void whatIsNoRegularFileIsRefusedAndNotWaitedFor(Command command) throws IOException {
    List<Path> before = oddFiles();
    List<Path> files = new ArrayList<>(before);
    if (command.takesDirectories()) {
      files.remove(odd.resolve("directory"));
    }
    assertThat(files).hasSizeGreaterThan(4);
    files.addAll(
        List.of(
            Path.of("/dev/zero"),
            Path.of("/dev/null"),
            Path.of("/dev/full"),
            folder.resolve("missing"),
            room.good.resolve("below-a-file"),
            folder.resolve("x".repeat(300))));
    for (Path file : files) {
      room.refused(command, file, INPUT_OUTPUT);
    }
    assertThat(oddFiles()).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource(
      value = Command.class,
      names = {
        "PATCH",
        "PATCH_POLICY",
        "LIBRARY_POLICY",
        "LAUNCHER_POLICY",
        "POLICY_CONVERT",
        "POLICY_COMPILE",
        "RESTORE",
        "SIGN",
        "LEARN"
      })
  void outputsThatAreNoRegularFilesAreRefusedAndLinksReplaced(Command command) throws IOException {
    Path out = room.out;
    Path file = room.fine(command);
    for (List<String> kind : List.of(List.of("mkfifo"), List.of("mkdir"))) {
      output(kind, out);
      room.refused(command, file, out, INPUT_OUTPUT);
      Files.delete(out);
    }
    for (String device : List.of("/dev/null", "/dev/full")) {
      output("cp", "-a", device, out);
      room.refused(command, file, out, INPUT_OUTPUT);
      Files.delete(out);
      Files.createSymbolicLink(out, Path.of(device));
      room.refused(command, file, out, INPUT_OUTPUT);
      Files.delete(out);
    }
    Path elsewhere = Files.writeString(folder.resolve("elsewhere"), "untouched");
    Files.createSymbolicLink(out, elsewhere);
    Outcome outcome = room.run(command, file);
    outcome.succeeds();
    assertThat(Files.isSymbolicLink(out)).isFalse();
    assertThat(elsewhere).hasContent("untouched");
  }

  @Test
  void linksToInputsAreFollowed() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("good"));
    assertThat(room.run(Command.PATCH_IN_PLACE, link).status()).isZero();
    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(room.good).has(sameBytesAs(room.wired));
  }

  // ---- sizes

  private Path sparse(String name, byte[] start) throws IOException {
    Path file = folder.resolve(name);
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.write(start);
      access.setLength(1L << 40);
    }
    return file;
  }

  @ParameterizedTest
  @EnumSource(Command.class)
  void sparseFilesOfATerabyteAreRefused(Command command) throws IOException {
    byte[] elf = Files.readAllBytes(room.good);
    for (Path file : List.of(sparse("zeros", new byte[0]), sparse("program", elf))) {
      if (command == Command.LEARN && file.endsWith("program")) { // it says how to run one
        room.run(command, file).fails(2, "is a program, not a log");
      } else {
        room.refused(command, file, INPUT_OUTPUT, NOT_PATCHABLE, INVALID_POLICY, NOT_VERIFIED);
      }
    }
  }

  private static ByteBuffer words(byte[] elf) {
    return ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Of the header, the first segments and the first sections that have contents. */
  private static List<Integer> offsetsAndCounts(byte[] elf) {
    List<Integer> places = new ArrayList<>(List.of(E_PHOFF, E_SHOFF));
    for (int segment = 0; segment < 4; segment++) {
      for (int field : new int[] {8, 16, 32, 40}) {
        places.add(FIRST_SEGMENT + 56 * segment + field);
      }
    }
    int sections = (int) words(elf).getLong(E_SHOFF);
    for (int section : new int[] {0, 1, 6}) {
      for (int field : new int[] {16, 24, SH_SIZE}) {
        places.add(sections + section * SECTION_HEADER + field);
      }
    }
    return places;
  }

  @ParameterizedTest
  @EnumSource(
      value = Command.class,
      names = {"PATCH", "INSPECT", "VERIFY", "RESTORE"})
  void tablesThatCannotBeAreRefused(Command command) throws IOException {
    refuseTables(command, SAMPLE);
  }

  @ParameterizedTest
  @EnumSource(
      value = Command.class,
      names = {"PATCH", "INSPECT", "VERIFY", "RESTORE"})
  @Tag("long")
  void allTablesThatCannotBeAreRefused(Command command) throws IOException {
    refuseTables(command, 1);
  }

  /** Tries one of so many pairs of a place and a value. */
  private void refuseTables(Command command, int step) throws IOException {
    byte[] elf = Files.readAllBytes(room.fine(command));
    long end = elf.length;
    long[] values = {
      0xffffL, 0xffff_ffffL, 1L << 32, (1L << 32) - 56, -1, -56, -64, Long.MAX_VALUE, end - 8, end
    };
    int pairs = 0;
    for (int at : offsetsAndCounts(elf)) {
      for (long value : values) {
        if (pairs++ % step != command.ordinal() % step) {
          continue;
        }
        byte[] bad = elf.clone();
        words(bad).putLong(at, value);
        Path file = Files.write(folder.resolve("bad"), bad);
        Outcome outcome = room.run(command, file);
        String all = "%s, word at %d is 0x%x: %s".formatted(command, at, value, outcome);
        assertThat(outcome.status()).as(all).isIn(0, NOT_PATCHABLE, NOT_VERIFIED);
        Files.deleteIfExists(room.out);
      }
    }
    for (int at : new int[] {E_SHNUM, E_PHNUM}) {
      for (int count : new int[] {0xfeff, 0xff00, 0xfffe, 0xffff}) {
        byte[] bad = elf.clone();
        words(bad).putShort(at, (short) count);
        room.refused(command, Files.write(folder.resolve("bad"), bad), NOT_PATCHABLE, NOT_VERIFIED);
      }
    }
  }

  /** The same program with its section headers at its end, and room for more of them. */
  private static byte[] withSections(byte[] elf, int count) {
    byte[] more = Arrays.copyOf(elf, elf.length + count * SECTION_HEADER);
    ByteBuffer words = words(more);
    int old = (int) words.getLong(E_SHOFF);
    System.arraycopy(elf, old, more, elf.length, words.getShort(E_SHNUM) * SECTION_HEADER);
    words.putLong(E_SHOFF, elf.length);
    words.putShort(E_SHNUM, (short) count);
    return more;
  }

  @Test
  void asManySectionsAsThereCanBeArePatchedOrRefused() throws IOException {
    byte[] elf = Files.readAllBytes(room.good);
    Path file = folder.resolve("sections");
    for (int count : new int[] {0xfefc, 0xfefd, 0xfefe, 0xfeff}) {
      Files.write(file, withSections(elf, count));
      Outcome outcome = room.run(Command.PATCH, file);
      assertThat(outcome.status()).as(count + ": " + outcome).isIn(0, NOT_PATCHABLE);
      if (outcome.status() == 0) {
        Outcome verified = Cli.run("verify", "--original", file, room.out);
        assertThat(verified.status()).as(count + ": " + verified).isZero();
        Files.delete(room.out);
      }
    }
  }

  /** From 0xff00 on, the count of sections stands in the first section's sh_size. */
  @ParameterizedTest
  @EnumSource(
      value = Command.class,
      names = {"PATCH", "INSPECT", "VERIFY"})
  void moreSectionsThanTheHeaderCountsAreRefused(Command command) throws IOException {
    byte[] elf = Files.readAllBytes(room.fine(command));
    for (int count : new int[] {0xff00, 0xffff, 0x10000}) {
      byte[] more = withSections(elf, count);
      words(more).putShort(E_SHNUM, (short) 0);
      words(more).putLong(elf.length + SH_SIZE, count);
      room.refused(command, Files.write(folder.resolve("many"), more), NOT_PATCHABLE, NOT_VERIFIED);
    }
  }

  /** PT_INTERP is the second segment, and its name 28 bytes long. */
  @Test
  void dynamicLinkersThatTheKernelDoesNotTakeAreRefused() throws IOException {
    byte[] elf = Files.readAllBytes(Fixtures.named("lld-pie").path());
    int segment = FIRST_SEGMENT + 56;
    long[][] changes = {
      {32, 0}, {32, 1}, {32, 27}, {32, 4097}, {32, -1}, {8, 8}, {8, elf.length - 8}
    };
    List<Path> files = new ArrayList<>();
    for (long[] change : changes) {
      byte[] bad = elf.clone();
      words(bad).putLong(segment + (int) change[0], change[1]);
      Path file = Files.write(folder.resolve("bad" + files.size()), bad);
      assertThat(file.toFile().setExecutable(true)).isTrue();
      files.add(file);
    }
    assertThat(output("python3", "-c", EXECUTE, files).lines())
        .hasSameSizeAs(files)
        .allMatch(error -> List.of("ENOEXEC", "EIO", "EACCES", "ENOENT").contains(error));
    for (Path file : files) {
      room.refused(Command.PATCH, file, NOT_PATCHABLE);
    }
  }

  // ---- files that change

  @Test
  void filesThatShrinkWhileTheyAreReadAreRefusedOrReadWhole() throws Exception {
    byte[] elf = Files.readAllBytes(Path.of("/usr/bin/python3").toRealPath());
    byte[] large = Arrays.copyOf(elf, Math.max(elf.length, 24 << 20));
    Path file = Files.write(folder.resolve("shrinking"), large);
    AtomicBoolean stop = new AtomicBoolean();
    Thread changer =
        new Thread(
            () -> {
              while (!stop.get()) {
                resize(file, 4096);
                resize(file, large.length);
              }
            });
    changer.start();
    try {
      for (int i = 0; i < 12; i++) {
        Outcome outcome = room.run(i % 2 == 0 ? Command.VERIFY : Command.PATCH, file);
        assertThat(outcome.status())
            .as(outcome.toString())
            .isIn(0, NOT_PATCHABLE, NOT_VERIFIED, INPUT_OUTPUT);
        assertThat(room.names()).noneMatch(name -> name.endsWith(".tmp"));
      }
    } finally {
      stop.set(true);
      changer.join();
    }
  }

  private static void resize(Path file, long size) {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(size);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
