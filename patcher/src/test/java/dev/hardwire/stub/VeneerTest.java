package dev.hardwire.stub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("system")
class VeneerTest {
  private static final long ADDRESS = 0x5000;
  private static final Veneer VENEER = new Veneer(ADDRESS, 0x4070, 0x3fd8, 0x4f00);

  @TempDir private Path folder;

  /** What objdump reads, without addresses and bytes, and with single spaces. */
  private List<String> disassembled(Bytes code, long address) throws IOException {
    Path file = Files.write(folder.resolve("code"), code.toArray());
    return Programs.output(
            "objdump",
            "-D",
            "-b",
            "binary",
            "-m",
            "i386:x86-64",
            "--no-show-raw-insn",
            "--adjust-vma=0x" + Long.toHexString(address),
            file)
        .lines()
        .filter(line -> line.matches(" +[0-9a-f]+:\t.*"))
        .map(line -> line.substring(line.indexOf('\t') + 1).replaceAll("\\s+", " ").strip())
        .toList();
  }

  @Test
  void theCodeIsWhatTheCommentSays() throws IOException {
    assertThat(VENEER.encode().size()).isEqualTo(Veneer.SIZE).isEqualTo(96);
    List<String> code = disassembled(VENEER.encode().slice(0, 82), ADDRESS);
    assertThat(code)
        .containsExactly(
            "cmpb $0x1,-0xf97(%rip) # 0x4070",
            "jne 0x500f",
            "jmp *-0x1037(%rip) # 0x3fd8",
            "push %r11",
            "push %rax",
            "push %rcx",
            "xor %eax,%eax",
            "push $0x2",
            "pop %rcx",
            "lock cmpxchg %cl,-0xfb0(%rip) # 0x4070",
            "je 0x5034",
            "mov $0x200000,%ecx",
            "pause",
            "cmpb $0x1,-0xfc0(%rip) # 0x4070",
            "je 0x5048",
            "loop 0x5027",
            "pop %rcx",
            "pop %rax",
            "jmp 0x4f00",
            "endbr64",
            "movb $0x1,-0xfd6(%rip) # 0x4070",
            "jmp 0x504a",
            "pop %rcx",
            "pop %rax",
            "pop %r11",
            "jmp *-0x107a(%rip) # 0x3fd8");
    assertThat(VENEER.encode().slice(82, 14).toArray()).containsOnly(0xcc);
  }

  @Test
  void theStubGoesOnAtAnInstructionThatMayBeJumpedTo() throws IOException {
    Bytes rest = VENEER.encode().slice(Veneer.RETURN, 82 - Veneer.RETURN);
    assertThat(disassembled(rest, ADDRESS + Veneer.RETURN)).startsWith("endbr64");
  }

  @Test
  void theJumpHasTheSizeOfTheOneThatItReplaces() throws IOException {
    Bytes jump = VENEER.jumpFrom(0x10a0);
    assertThat(jump.size()).isEqualTo(Veneer.JUMP_SIZE);
    assertThat(disassembled(jump, 0x10a0)).containsExactly("jmp 0x5000", "nop");
  }

  @Test
  void whatIsTooFarAwayIsRefused() {
    assertThatThrownBy(() -> new Veneer(0, 1L << 31, 0, 0))
        .hasMessage("0x80000000 is too far from the code at 0x0");
    assertThat(Veneer.isNear(0, Integer.MAX_VALUE)).isFalse();
    assertThat(Veneer.isNear(0, Integer.MAX_VALUE - 0x1001)).isTrue();
    assertThat(Veneer.isNear(1L << 31, 0)).isFalse();
  }
}
