package dev.hardwire.sign.algorithm;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.SignatureSet;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Encodings that are made to exhaust a parser. */
class DerScanTest {
  private static void refused(Bytes bytes, String message) {
    assertThatThrownBy(() -> SignatureSet.read(bytes, Bytes.empty(), true))
        .isInstanceOf(SignatureFault.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "'', the signature is empty",
    "30, the encoding is cut off",
    "3080, the encoding has an indefinite length",
    "30800000, the encoding has an indefinite length",
    "308400000001, a length of the encoding is not minimal",
    "30810100, a length of the encoding is not minimal",
    "3085ffffffffff, a length of the encoding is too large",
    "30847fffffff, an element of the encoding ends past the one around it",
    "30020500ff, bytes follow the end of the encoding",
    "3003300201, an element of the encoding ends past the one around it",
    "3003020500, an element of the encoding ends past the one around it",
    "3ffffffffffffff00100, a tag of the encoding is too large",
    "30020500, the signature cannot be parsed",
    "0500, the signature cannot be parsed",
    "2d2d2d2d2d424547494e, 'the signature is PEM or S/MIME, not DER'",
    "4d494d452d56657273696f6e, 'the signature is PEM or S/MIME, not DER'",
  })
  void malformed(String hex, String message) {
    refused(Bytes.wrap(HexFormat.of().parseHex(hex)), message);
  }

  @Test
  void deepNesting() {
    byte[] inner = new byte[0];
    for (int i = 0; i < 300; i++) {
      ByteWriter writer = new ByteWriter(ByteOrder.BIG_ENDIAN).u8(0x30);
      if (inner.length < 0x80) {
        writer.u8(inner.length);
      } else {
        writer.u8(inner.length < 0x100 ? 0x81 : 0x82);
        writer.bytes(
            inner.length < 0x100
                ? new byte[] {(byte) inner.length}
                : new byte[] {(byte) (inner.length >> 8), (byte) inner.length});
      }
      inner = writer.bytes(inner).toBytes().toArray();
    }
    refused(Bytes.wrap(inner), "nested too deeply");
  }

  @Test
  void millionsOfElements() {
    ByteWriter writer = new ByteWriter(ByteOrder.BIG_ENDIAN).u8(0x30).u8(0x83).u8(0x0f).u16(0);
    for (int i = 0; i < 0x78000; i++) {
      writer.u16(0x0500);
    }
    refused(writer.toBytes(), "more than 20000 elements");
  }
}
