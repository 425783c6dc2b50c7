package dev.hardwire.os;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class KernelTest {
  @Test
  void aCallReachesTheKernelAndItsResultComesBack() throws IOException {
    ByteBuffer memory = Kernel.allocate(16);
    memory.put(0, "name\0content".getBytes(US_ASCII));
    long address = Kernel.address(memory);
    long file = Kernel.call(SystemCall.MEMFD_CREATE, address, 1, 0);
    assertThat(file).isPositive();
    Path path = Path.of("/proc/self/fd/" + file);
    assertThat(Files.readSymbolicLink(path).toString()).isEqualTo("/memfd:name (deleted)");
    assertThat(Kernel.call(SystemCall.WRITE, file, address + 5, 7)).isEqualTo(7);
    assertThat(Files.readString(path)).isEqualTo("content");
    assertThat(Kernel.call(SystemCall.CLOSE, file, 0, 0)).isZero();
    assertThat(path).doesNotExist();
  }

  @Test
  void anErrorComesBackAsItsNumber() {
    assertThat(Kernel.call(SystemCall.CLOSE, -1, 0, 0)).isEqualTo(-9); // EBADF
  }

  /** copy_file_range takes six arguments, and refuses flags that it does not know. */
  @Test
  void theLastArgumentIsPassedOn() {
    assertThat(Kernel.call(SystemCall.COPY_FILE_RANGE, -1, 0, -1, 0, 0, 0)).isEqualTo(-9);
    assertThat(Kernel.call(SystemCall.COPY_FILE_RANGE, -1, 0, -1, 0, 0, 64)).isIn(-22L, -9L);
  }

  @Test
  void onlyDirectBuffersHaveAnAddress() {
    assertThatThrownBy(() -> Kernel.address(ByteBuffer.allocate(8)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Kernel.address(Kernel.allocate(8))).isNotZero();
  }
}
