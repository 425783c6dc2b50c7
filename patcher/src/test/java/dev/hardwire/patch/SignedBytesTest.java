package dev.hardwire.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The place for signatures, in every kind of file. */
@Tag("system")
class SignedBytesTest {
  private static final Bytes CMS = Bytes.wrap("not a signature".getBytes(StandardCharsets.UTF_8));

  static List<Fixture> fixtures() {
    return Fixtures.programs();
  }

  private static ElfFile read(Fixture fixture) throws IOException {
    return ElfFile.parse(Bytes.wrap(Files.readAllBytes(fixture.path())));
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void placeIsConsistentAndCanBeUndone(Fixture fixture) throws IOException {
    ElfFile elf = read(fixture);
    SignedBytes prepared = SignedBytes.prepare(elf);
    SignedBytes signed = prepared.withCms(CMS);
    ElfFile result = ElfFile.parse(signed.file());
    assertThat(LayoutCheck.faults(result)).isEqualTo(LayoutCheck.faults(elf));
    assertThat(result.programHeaders()).isEqualTo(elf.programHeaders());
    SignedBytes again = SignedBytes.read(result);
    assertThat(again.unsigned()).isEqualTo(elf.bytes());
    assertThat(again.cms()).isEqualTo(CMS);
    assertThat(again.content()).isEqualTo(prepared.content());
    assertThat(SignedBytes.unsigned(elf)).isSameAs(elf);
  }

  @Test
  void secondPlaceIsRefused() throws IOException {
    ElfFile signed =
        ElfFile.parse(SignedBytes.prepare(read(Fixtures.named("gcc-pie"))).withCms(CMS).file());
    assertThatThrownBy(() -> SignedBytes.prepare(signed))
        .isInstanceOf(ElfFormatException.class)
        .hasMessageContaining("the file has the section already");
  }

  @Test
  void contentIsTheFileUpToTheSignaturesWithoutTheirSize() throws IOException {
    SignedBytes signed = SignedBytes.prepare(read(Fixtures.named("gcc-pie"))).withCms(CMS);
    Bytes file = signed.file();
    Bytes content = signed.content();
    ElfFile elf = ElfFile.parse(file);
    long sizeField = elf.header().shoff() + 64L * elf.header().shnum() - 64 + 32;
    byte[] expected = file.slice(0, content.size()).toArray();
    for (int i = 0; i < 8; i++) {
      expected[(int) sizeField + i] = 0;
    }
    assertThat(content).isEqualTo(Bytes.wrap(expected));
  }
}
