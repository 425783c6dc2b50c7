package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Verifier;
import dev.hardwire.verify.VerifySettings;
import dev.hardwire.verify.result.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code verify --allow-unsigned} lets pass: files that never had anything to do with us. */
@Tag("system")
class AuditTest {
  @TempDir private static Path directory;
  private static SigningRoom room;
  private static byte[] signed;

  @BeforeAll
  static void signedFile() throws IOException {
    room = new SigningRoom(directory);
    var root = TestCertificate.root();
    room.write("root", root);
    room.write("vendor", TestCertificate.signer("Vendor").by(root).make());
    signed = Files.readAllBytes(room.sign(room.patched("start-raw"), "vendor", "signed"));
  }

  private static Expectations audit(boolean trust) throws IOException {
    return trust
        ? Expectations.NONE
            .with(VerifySettings.NONE.with(VerifySettings.Signatures.NONE.withUnsignedAllowed()))
            .withTrust(TrustStore.read(List.of(room.file("root.pem")), List.of()), Instant.now())
        : Expectations.NONE;
  }

  private static List<Integer> slippingThrough(
      byte[] file, IntStream offsets, Predicate<Report> passes, Expectations expectations) {
    return offsets
        .parallel()
        .filter(
            offset -> {
              byte[] changed = file.clone();
              changed[offset] ^= 1;
              return passes.test(Verifier.verify(Bytes.wrap(changed), expectations));
            })
        .boxed()
        .toList();
  }

  @Test
  void noChangedByteMakesASignedFilePassAsUnsigned() throws IOException {
    noByteOfSigned(13, 512);
  }

  @Test
  @Tag("long")
  void noneOfManyChangedBytesMakesASignedFilePassAsUnsigned() throws IOException {
    noByteOfSigned(1, 16);
  }

  /**
   * Changes one byte of {@code dense} in headers and signatures, and of {@code sparse} elsewhere.
   */
  private static void noByteOfSigned(int dense, int sparse) throws IOException {
    Predicate<Report> passes = report -> report.passed() || report.isPlain();
    int tail = (int) SignedBytes.read(ElfFile.parse(Bytes.wrap(signed))).unsigned().size();
    IntStream withAnchors =
        IntStream.concat(IntStream.range(0, 512), IntStream.range(tail, signed.length));
    assertThat(
            slippingThrough(signed, withAnchors.filter(at -> at % dense == 0), passes, audit(true)))
        .isEmpty();
    IntStream all =
        IntStream.range(0, signed.length)
            .filter(at -> at % (at < 512 || at >= tail ? dense : sparse) == 0);
    assertThat(slippingThrough(signed, all, passes, audit(false))).isEmpty();
  }

  @Test
  void noChangedByteMakesAPatchedFilePassAsNotHardWired() throws IOException {
    noByteOfPatched(5, 512);
  }

  @Test
  @Tag("long")
  void noneOfManyChangedBytesMakesAPatchedFilePassAsNotHardWired() throws IOException {
    noByteOfPatched(1, 16);
  }

  /** Changes one byte of {@code dense} in headers, and of {@code sparse} elsewhere. */
  private static void noByteOfPatched(int dense, int sparse) throws IOException {
    byte[] patched = Files.readAllBytes(room.patched("start-raw"));
    IntStream all =
        IntStream.range(0, patched.length).filter(at -> at % (at < 1024 ? dense : sparse) == 0);
    assertThat(slippingThrough(patched, all, Report::isPlain, audit(false))).isEmpty();
  }

  /** Runs an audit of a tree with this file alone. */
  private static Outcome audited(String name, byte[] file) throws IOException {
    Path tree = Files.createDirectories(room.file("tree-" + name));
    Files.write(tree.resolve(name), file);
    return room.verify(tree, "--allow-unsigned");
  }

  @Test
  void signaturesThatAreNotFoundAreNoMissingOnes() throws IOException {
    byte[] renamed = signed.clone();
    int name = new String(signed, StandardCharsets.ISO_8859_1).lastIndexOf(".hardwire.sig");
    renamed[name + 1] = 'H';
    Outcome outcome = audited("renamed", renamed);
    assertThat(outcome.status()).isEqualTo(5);
    assertThat(outcome.out())
        .contains("signature-place: the file has no section for signatures, but signatures at 0x");
  }

  @Test
  void notesThatAreNotFoundAreNoMissingOnes() throws IOException {
    ElfFile elf = ElfFile.parse(Bytes.wrap(signed));
    for (boolean isSigned : new boolean[] {true, false}) {
      byte[] file = isSigned ? signed.clone() : Files.readAllBytes(room.patched("start-raw"));
      for (int i = 0; i < elf.programHeaders().size(); i++) {
        if (elf.programHeaders().get(i).type() == SegmentType.NOTE) {
          file[(int) elf.header().phoff() + i * elf.header().elfClass().programHeaderSize()] = 0;
        }
      }
      Outcome outcome = audited("without-notes-" + isSigned, file);
      assertThat(outcome.status()).isEqualTo(5);
      assertThat(outcome.out())
          .contains("changed since it was patched", "no notes of a patch, but what is left of one");
    }
  }

  @Test
  void signedPlaceOnAFileThatIsNotHardWiredFails() throws IOException {
    ElfFile plain =
        ElfFile.parse(Bytes.wrap(Files.readAllBytes(Fixtures.named("start-raw").path())));
    Bytes cms = SignedBytes.read(ElfFile.parse(Bytes.wrap(signed))).cms();
    byte[] file = SignedBytes.prepare(plain).withCms(cms).file().toArray();
    Outcome outcome = audited("foreign", file);
    assertThat(outcome.status()).isEqualTo(5);
    assertThat(outcome.out())
        .contains("changed since it was patched", "what is left of one: the section .hardwire.sig");
  }

  @Test
  void noTypeHidesAPatchedFileInATree() throws IOException {
    byte[] object = signed.clone();
    object[16] = 1; // ET_REL
    assertThat(audited("object", object).status()).isEqualTo(5);
    Path library = room.file("libwait.so");
    Cli.ok(
        "patch",
        "--shared-library",
        "--deny",
        "uname",
        "-o",
        library,
        Fixtures.named("libwait.so").path());
    Outcome unsigned = audited("library", Files.readAllBytes(library));
    assertThat(unsigned.out()).contains("1 file: confined 1; signed 0");
    assertThat(room.verify(room.file("tree-library")).status()).isEqualTo(5);
  }
}
