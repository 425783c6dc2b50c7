package dev.hardwire.derive.rules;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.derive.Assembly;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether a function is used by others than the one that may be left out. */
@Tag("system")
class FunctionRangesTest {
  @TempDir private Path folder;

  /** The function before it calls what returns, or does not, as its last instruction. */
  @ParameterizedTest
  @CsvSource({
    "nop, true",
    "call returns, true",
    "call tail, true",
    "call *%rax, true",
    "call outside@PLT, true",
    "call stop, false",
    "call endless, false",
    "ret, false",
    "jmp returns, false",
    "jmp helper, true",
    "'lea helper(%rip), %rax\nret', true",
  })
  void aFunctionRunsIntoTheNextOne(String last, boolean isUsed) throws IOException {
    String code =
        function("returns", "ret")
            + function("tail", "jmp returns")
            + function("endless", "call stop")
            + function("_start", "call left\ncall stop")
            + function("left", "call helper\nret")
            + function("before", last)
            + function("helper", "mov $39, %eax\nsyscall\nret");
    Path program = Assembly.build(folder, code, "-shared");
    Module module = Module.of(program.toString(), Bytes.wrap(Files.readAllBytes(program)));
    Functions functions = module.functions();
    int helper = functions.count() - 1;
    assertThat(functions.is(helper, Functions.CALLS_KERNEL)).isTrue();
    int left = helper - 2;
    BitSet some = new BitSet();
    some.set(helper);
    BitSet used = new FunctionRanges(functions, some).usedBeside(f -> f == left, module.returns());
    assertThat(used.get(helper)).isEqualTo(isUsed);
  }
}
