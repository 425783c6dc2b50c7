package dev.hardwire.live.patch;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that carry something behind their end find it in all places where they may look. */
class AppendedDataTest {
  private static final String DATA = "an archive";

  @TempDir private Path folder;
  private Path program;
  private Path wired;

  @BeforeEach
  void names() {
    program = folder.resolve("program");
    wired = folder.resolve("wired");
  }

  private static void succeeds(Outcome outcome) {
    outcome.succeeds();
    assertThat(outcome.err()).isEmpty();
  }

  private static void patch(Object... args) {
    succeeds(Cli.run("patch", "--deny", "reboot", List.of(args)));
  }

  private Path signed(Path file) {
    Path key = folder.resolve("key");
    Path certificate = folder.resolve("certificate");
    Programs.output("openssl", "genpkey", "-algorithm", "ed25519", "-out", key);
    Programs.output(
        List.of("openssl", "req", "-x509", "-subj", "/CN=x", "-addext"),
        List.of("extendedKeyUsage=codeSigning", "-key", key, "-out", certificate));
    Path signed = folder.resolve("signed");
    succeeds(Cli.run("sign", "--sign-key", key, "--sign-cert", certificate, "-o", signed, file));
    succeeds(Cli.run("verify", "--trust", certificate, signed));
    return signed;
  }

  private void restoresTo(Path file, Path original) {
    Path restored = folder.resolve("restored");
    succeeds(Cli.run("restore", "-o", restored, file));
    assertThat(restored).has(sameBytesAs(original));
  }

  private static ElfFile elf(Path file) throws IOException {
    return ElfFile.parse(Bytes.wrap(Files.readAllBytes(file)));
  }

  private static void carries(Path file, long oldPlace) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    assertThat(text).endsWith(DATA);
    assertThat(text.substring((int) oldPlace)).startsWith(DATA);
    assertThat(elf(file).trailer().size()).isEqualTo(DATA.length());
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcc-pie", "gcc-static", "no-sections-pie", "i386-pie"})
  void standsAtTheEndAndBehindTheHeadersAndWhereItWas(String fixture) throws IOException {
    Fixture origin = Fixtures.named(fixture);
    Files.copy(origin.path(), program);
    long end = Files.size(program);
    assertThat(elf(program).trailer().size()).isZero();
    Files.writeString(program, DATA, StandardOpenOption.APPEND);
    patch("-o", wired, program);
    carries(wired, end);
    ElfFile patched = elf(wired);
    if (!patched.sections().isEmpty()) {
      long table =
          (long) patched.sections().size() * patched.header().elfClass().sectionHeaderSize();
      assertThat(patched.header().shoff() + table + DATA.length()).isEqualTo(Files.size(wired));
    }
    succeeds(Cli.run("verify", "--original", program, wired));
    restoresTo(wired, program);
    Path twice = folder.resolve("twice");
    patch("--stack", "-o", twice, wired);
    carries(twice, end);
    restoresTo(twice, wired);
    Path signed = signed(wired);
    carries(signed, end);
    restoresTo(signed, program);
    assertThat(Programs.run(signed)).isEqualTo(Programs.run(program));
  }

  @Test
  void otherBytesAtTheEndAreNoticed() throws IOException {
    Files.copy(Fixtures.named("gcc-pie").path(), program);
    Files.writeString(program, DATA, StandardOpenOption.APPEND);
    patch("-o", wired, program);
    for (Path file : List.of(wired, signed(wired))) {
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length - 3] ^= 1;
      Path forged = Files.write(folder.resolve("forged"), bytes);
      assertThat(Cli.run("verify", "--ignore-signatures", forged).status()).isEqualTo(5);
    }
  }

  /** The interpreter runs an archive that is its own file: it reads that from the end. */
  @Test
  void pythonRunsTheArchiveThatItCarries() throws IOException {
    Files.copy(Path.of("/usr/bin/python3").toRealPath(), program);
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(archive)) {
      zip.putNextEntry(new ZipEntry("__main__.py"));
      zip.write("print('from the archive')".getBytes(StandardCharsets.US_ASCII));
    }
    Files.write(program, archive.toByteArray(), StandardOpenOption.APPEND);
    patch("-o", wired, program);
    for (Path file : List.of(program, wired, signed(wired))) {
      assertThat(Programs.run(file, file.toString()).out()).isEqualTo("from the archive\n");
    }
  }
}
