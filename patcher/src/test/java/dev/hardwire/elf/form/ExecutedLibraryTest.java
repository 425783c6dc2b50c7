package dev.hardwire.elf.form;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernel executes files that look like shared libraries, from e_entry. */
@Tag("system")
class ExecutedLibraryTest {
  private static final int E_ENTRY = 24;

  @ParameterizedTest
  @CsvSource({
    "0, 6, false", // as linkers make it
    "0x1000, 6, true", // the code
    "0x1fff, 6, true", // the rest of its page
    "0x2000, 6, false",
    "0, 7, true", // readable pages are executable
    "0, , true"
  })
  void librariesMayBeExecutedIfAnythingCanBe(
      String entry, Long stack, boolean assumed, @TempDir Path folder) throws IOException {
    Path source = folder.resolve("library.c");
    Files.writeString(source, "int one(void) { return 1; }");
    Path library = folder.resolve("library.so");
    Programs.output(
        "gcc", "-shared", "-nostdlib", "-Wl,-z,separate-code,-soname,one", "-o", library, source);
    byte[] bytes = Files.readAllBytes(library);
    ElfFile elf = ElfFile.parse(Bytes.wrap(bytes));
    assertThat(elf.loads().get(1)).matches(load -> load.vaddr() == 0x1000 && load.memsz() < 0x1000);
    ByteBuffer file = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(E_ENTRY, Long.decode(entry));
    int index = elf.programHeaders().indexOf(elf.segment(SegmentType.GNU_STACK).orElseThrow());
    int header = (int) elf.header().phoff() + elf.header().elfClass().programHeaderSize() * index;
    if (stack == null) {
      file.putInt(header, 0); // PT_NULL
    } else {
      file.putInt(header + Integer.BYTES, stack.intValue());
    }
    ElfFile changed = ElfFile.parse(Bytes.wrap(file.array()));
    assertThat(StartCode.assumption(changed, Optional.of(Hook.INIT), false).isPresent())
        .isEqualTo(assumed);
  }
}
