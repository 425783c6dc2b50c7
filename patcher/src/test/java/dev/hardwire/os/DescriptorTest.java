package dev.hardwire.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A number that was given back may stand for another file. */
class DescriptorTest {
  @TempDir private Path folder;

  @Test
  void afterItWasClosedItIsNoOtherFile() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "first");
    Path other = Files.writeString(folder.resolve("other"), "second");
    Descriptor closed = Descriptor.open(file);
    closed.close();
    closed.close(); // does nothing
    try (Descriptor next = Descriptor.open(other)) {
      String message = file + ": used after it was closed";
      assertThatThrownBy(() -> closed.read(ByteBuffer.allocate(9), 0))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(message);
      assertThatThrownBy(closed::status).hasMessage(message);
      assertThatThrownBy(closed::path).hasMessage(message);
      assertThatThrownBy(closed::number).hasMessage(message);
      closed.close();
      assertThat(next.status().size()).isEqualTo(6);
    }
  }
}
