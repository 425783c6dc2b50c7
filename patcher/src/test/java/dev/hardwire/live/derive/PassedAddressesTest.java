package dev.hardwire.live.derive;

import static dev.hardwire.live.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of functions that code uses in other ways than by a call of a register. */
@Tag("system")
class PassedAddressesTest {
  private static final String CALLED = function("one", "mov $39, %eax\nsyscall\nret"); // getpid

  @TempDir private Path folder;

  private void findsTheCall(String code, String... options) throws IOException {
    Path program = Assembly.build(folder, CALLED + code, options);
    assertThat(new Deriver().derive(program, DeriveOptions.PLAIN).names())
        .containsExactly("exit", "getpid");
  }

  /** As by gcc's -mindirect-branch=thunk, for any register. */
  @ParameterizedTest
  @ValueSource(strings = {"rax", "rbx", "rbp", "rdx", "r9", "r10", "r11", "r12", "r15"})
  void retpolinesCall(String register) throws IOException {
    String thunk =
        function(
            "thunk", "call 1f\n2: pause\nlfence\njmp 2b\n1: mov %" + register + ", (%rsp)\nret");
    String code = function("_start", "lea one(%rip), %" + register + "\ncall thunk\ncall stop");
    findsTheCall(thunk + code, "-static");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rax", "r12"})
  void functionsJumpToRegisters(String register) throws IOException {
    String thunk = function("thunk", "lfence\njmp *%" + register);
    String code = function("_start", "lea one(%rip), %" + register + "\ncall thunk\ncall stop");
    findsTheCall(thunk + code, "-static-pie");
  }

  @Test
  void returnsLeadToWhatWasPushed() throws IOException {
    String code =
        "lea 1f(%rip), %rcx\npush %rcx\nlea one(%rip), %rcx\npush %rcx\nret\n1: call stop";
    findsTheCall(function("_start", code), "-static");
  }
}
