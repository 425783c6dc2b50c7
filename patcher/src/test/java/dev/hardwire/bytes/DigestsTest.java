package dev.hardwire.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestsTest {
  @TempDir Path folder;

  private static byte[] random(int length) {
    byte[] data = new byte[length];
    new Random(length).nextBytes(data);
    return data;
  }

  @Test
  void sameAsThePlatformsForEveryLength() throws NoSuchAlgorithmException {
    for (int length = 0; length < 300; length++) {
      byte[] data = random(length);
      Bytes expected = platforms(data);
      Bytes pieces = Bytes.wrap(data);
      Bytes joined =
          Bytes.concat(
              List.of(pieces.slice(0, length / 3), pieces.slice(length / 3, length - length / 3)));
      assertThat(pieces.sha256()).as("%d bytes", length).isEqualTo(expected);
      assertThat(joined.sha256()).as("%d bytes of two pieces", length).isEqualTo(expected);
    }
    byte[] large = random(1_000_003);
    assertThat(Bytes.wrap(large).sha256()).isEqualTo(platforms(large));
  }

  private static Bytes platforms(byte[] data) throws NoSuchAlgorithmException {
    return Bytes.wrap(MessageDigest.getInstance("SHA-256").digest(data));
  }

  /** Registering all algorithms of the provider takes longer than the digest of a small file. */
  @Test
  void theUsualProviderIsNotSearched() {
    assertThat(Digests.sha256().getProvider().getServices()).hasSize(1);
  }

  @Test
  void anotherOrderOfProvidersCounts() throws IOException {
    Path order = folder.resolve("order");
    Files.writeString(order, "security.provider.1=SunRsaSign\nsecurity.provider.2=SUN\n");
    Cli chosen = Cli.java(Chosen.class);
    assertThat(chosen.call().succeeds().out()).isEqualTo("SUN-SHA-256\n");
    assertThat(chosen.jvm("-Djava.security.properties=" + order).call().succeeds().out())
        .isEqualTo("SUN\n");
  }

  /** Prints the name of the provider. */
  static final class Chosen {
    private Chosen() {}

    public static void main(String... args) {
      System.out.println(Digests.sha256().getProvider().getName());
    }
  }

  /** FIPS 180-4, example of one block. */
  @Test
  void itIsSha256() {
    assertThat(Bytes.wrap(new byte[] {'a', 'b', 'c'}).sha256().hex())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void anotherThreadComputesTheSame() {
    Bytes bytes = Bytes.wrap(random(100_000));
    assertThat(Digests.of(bytes).await()).isEqualTo(bytes.sha256());
  }

  @Test
  void whatWasBegunIsTakenForThatFile() throws IOException {
    Path file = Files.write(folder.resolve("file"), random(200_000));
    Digests.prepare(FileBytes.open(file));
    try (FileBytes opened = FileBytes.open(file)) {
      Digests.Task task = Digests.of(opened.bytes());
      assertThat(task.await()).isEqualTo(Bytes.wrap(random(200_000)).sha256());
      assertThat(Digests.of(opened.bytes())).isSameAs(task);
      Bytes part = opened.bytes().slice(0, 100_000);
      assertThat(Digests.of(part).await()).isEqualTo(part.sha256());
    }
  }

  @Test
  void whatWasBegunIsNotTakenOnceTheFileChanged() throws IOException {
    Path file = Files.write(folder.resolve("file"), random(200_000));
    Digests.prepare(FileBytes.open(file));
    byte[] changed = random(200_000);
    changed[0]++;
    for (FileTime before = Files.getLastModifiedTime(file);
        Files.getLastModifiedTime(file).equals(before); ) {
      Files.write(file, changed); // until the clock of the file system has gone on
    }
    requireDigest(file, changed);
  }

  @Test
  void whatWasBegunIsNotTakenForAnotherFile() throws IOException {
    Path file = Files.write(folder.resolve("file"), random(200_000));
    Digests.prepare(FileBytes.open(file));
    byte[] other = random(200_000);
    other[0]++;
    Files.write(folder.resolve("other"), other);
    Files.setLastModifiedTime(folder.resolve("other"), Files.getLastModifiedTime(file));
    requireDigest(folder.resolve("other"), other);
  }

  private static void requireDigest(Path file, byte[] content) throws IOException {
    try (FileBytes opened = FileBytes.open(file)) {
      assertThat(Digests.of(opened.bytes()).await()).isEqualTo(Bytes.wrap(content).sha256());
    }
  }
}
