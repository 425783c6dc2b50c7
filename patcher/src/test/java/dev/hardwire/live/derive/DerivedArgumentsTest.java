package dev.hardwire.live.derive;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Assembly;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.Derivation.ReachedArgument;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.UnknownAnswer;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Arguments of system calls, in programs made for the test and in those of the system. */
@Tag("system")
class DerivedArgumentsTest {
  /** Makes prctl(2) with its first argument, as wrappers of libraries do. */
  private static final String WRAPPER = function("wrapper", "mov $157, %eax\nsyscall\nret");

  @TempDir private Path folder;

  private Derivation derive(String code) throws IOException {
    return Derivers.SHARED.derive(Assembly.build(folder, code, "-static"), DeriveOptions.PLAIN);
  }

  private ReachedArgument option(String code) throws IOException {
    Derivation found = derive(code);
    assertThat(found.unknown()).isEmpty();
    return found.explain("prctl").orElseThrow().arguments().get(0);
  }

  private void has(String code, Long... values) throws IOException {
    ReachedArgument option = option(code);
    assertThat(option.unknown()).isEmpty();
    assertThat(option.values()).containsOnlyKeys(values);
  }

  private void isOpen(String code, String reason) throws IOException {
    assertThat(option(code).unknown()).endsWith(reason);
  }

  @Test
  void aSiteNamesItsArgument() throws IOException {
    has(function("_start", "mov $157, %eax\nmov $15, %edi\nsyscall\ncall stop"), 15L);
  }

  @Test
  void allWaysToASiteCount() throws IOException {
    has(
        function(
            "_start",
            """
            mov $4, %edi
            test %rsi, %rsi
            je 1f
            mov $15, %edi
            1: mov $157, %eax
            syscall
            call stop\
            """),
        4L,
        15L);
  }

  @Test
  void wrappersHaveTheArgumentsOfAllTheirCallers() throws IOException {
    has(
        WRAPPER
            + function(
                "middle", "push %rbx\nmov %edi, %ebx\nmov %ebx, %edi\ncall wrapper\npop %rbx\nret")
            + function(
                "_start", "mov $15, %edi\ncall wrapper\nmov $16, %edi\ncall middle\ncall stop"),
        15L,
        16L);
  }

  /** Arguments belong to the number that the same call names, as with syscall(2). */
  @Test
  void wrappersOfAllCallsKeepNumberAndArgumentTogether() throws IOException {
    String code =
        function("any", "mov %rdi, %rax\nmov %rsi, %rdi\nmov %rdx, %rsi\nsyscall\nret")
            + function(
                "_start",
                """
                mov $157, %edi
                mov $15, %esi
                call any
                mov $135, %edi
                mov $0xffffffff, %esi
                call any
                call stop\
                """);
    assertThat(derive(code).explain("personality").orElseThrow().arguments().get(0).values())
        .containsOnlyKeys(0xffff_ffffL);
    has(code, 15L);
  }

  @Test
  void argumentsOnTheStackAreFollowed() throws IOException {
    has(
        function("wrapper", "mov 8(%rsp), %edi\nmov $157, %eax\nsyscall\nret")
            + function("_start", "push $16\ncall wrapper\nadd $8, %rsp\ncall stop"),
        16L);
  }

  @Test
  void aWrapperWhoseAddressIsTakenIsOpen() throws IOException {
    isOpen(
        WRAPPER
            + function(
                "_start",
                """
                mov $15, %edi
                call wrapper
                lea wrapper(%rip), %rax
                mov %rax, keep(%rip)
                call stop\
                """)
            + ".bss\nkeep: .quad 0\n",
        "it is an argument of a function that is called through pointers");
  }

  @Test
  void oneCallerThatDoesNotKnowOpensTheWrapper() throws IOException {
    isOpen(
        WRAPPER
            + function(
                "_start",
                """
                mov $15, %edi
                call wrapper
                mov (%rsp), %edi
                add %edi, %edi
                call wrapper
                call stop\
                """),
        "it is not a constant");
  }

  @Test
  void aVariableIsOpen() throws IOException {
    isOpen(
        function("_start", "mov option(%rip), %edi\nmov $157, %eax\nsyscall\ncall stop")
            + ".data\noption: .long 15\n",
        "it is read from memory");
  }

  @Test
  void aByteThatIsMovedKeepsTheRest() throws IOException {
    String code = "mov $0x104, %edi\nmov $15, %dil\nmov $157, %eax\nsyscall\ncall stop";
    has(function("_start", code), 0x10fL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mov %al, %dil", "mov $15, %di", "xor $1, %edi", "incl %edi"})
  void instructionsThatAreNotFollowedOpenTheRegister(String instruction) throws IOException {
    isOpen(
        function("_start", "mov $4, %edi\n" + instruction + "\nmov $157, %eax\nsyscall\ncall stop"),
        "it is not a constant");
  }

  /** Following the function from its start, only one value is seen. */
  @Test
  void aFunctionThatIsEnteredInTheMiddleIsOpen() throws IOException {
    isOpen(
        function("wrapper", "mov $15, %edi\ninside: mov $157, %eax\nsyscall\nret")
            + function("other", "mov $16, %edi\njmp inside")
            + function("_start", "call wrapper\ncall other\ncall stop"),
        "it is not a constant");
  }

  /** What is on the stack when setjmp(3) returns once more was stored after its first return. */
  @Test
  void behindSetjmpTheStackHasWhatWasStoredLater() throws IOException {
    String code =
        function(
                "save",
                """
                mov %rbx, (%rdi)
                mov %rbp, 8(%rdi)
                mov %r12, 16(%rdi)
                mov %r13, 24(%rdi)
                mov %r14, 32(%rdi)
                mov %r15, 40(%rdi)
                lea 8(%rsp), %rdx
                mov %rdx, 48(%rdi)
                mov (%rsp), %rdx
                mov %rdx, 56(%rdi)
                xor %eax, %eax
                ret\
                """)
            + function("back", "mov 48(%rdi), %rsp\njmp *56(%rdi)")
            + function(
                "_start",
                """
                sub $24, %rsp
                movl $15, (%rsp)
                lea buffer(%rip), %rdi
                call SAVE
                mov (%rsp), %edi
                mov $157, %eax
                syscall
                movl $16, (%rsp)
                lea buffer(%rip), %rdi
                call back
                call stop\
                """)
            + ".bss\nbuffer: .zero 64\n.text\n";
    String data = ".data\npointer: .quad save\n.text\n";
    String taken = code.replace("call SAVE", "lea save(%rip), %rax\ncall *%rax");
    String held = code.replace("call SAVE", "mov pointer(%rip), %rax\ncall *%rax") + data;
    for (String way : List.of(code.replace("SAVE", "save"), taken, held)) {
      assertThat(option(way).unknown()).endsWith("it is not a constant");
    }
    has(code.replace("SAVE", "plain") + function("plain", "ret"), 15L);
  }

  /** In a process that knows the C library. */
  private static Outcome derive(Object... words) {
    return CommandLoop.shared().run("derive", List.of(words)).succeeds();
  }

  /** A program of C with the wrappers of the system's library. */
  @Test
  void programsOfTheSystemsLibrary() throws IOException {
    Path source = folder.resolve("kinds.c");
    Files.writeString(
        source,
        """
        #include <stdlib.h>
        #include <sys/prctl.h>
        #include <sys/socket.h>
        int main(int count, char **words) {
          if (count > 1) prctl(atoi(words[1]) ? PR_GET_NAME : PR_GET_DUMPABLE, "0123456789abcdef");
          return socket(AF_UNIX, count > 1 ? SOCK_STREAM : SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0;
        }
        """);
    Path program = folder.resolve("kinds");
    Gcc.run("-O1", "-o", program, source);
    Path policy = folder.resolve("kinds.yaml");
    derive("--arguments", "-o", policy, program);
    assertThat(Files.readString(policy))
        .contains(
            "family == AF_UNIX && type in [SOCK_STREAM, (SOCK_DGRAM | SOCK_CLOEXEC)]"
                + " && protocol == 0");
    Path wired = folder.resolve("kinds-wired");
    Cli.ok("patch", "--policy", policy, "-o", wired, program);
    Programs.run(wired).succeeds();
    Programs.run(wired, "1").succeeds();
    assertThat(derive("--arguments", "--explain", "socket", program).out())
        .contains("family AF_UNIX, kinds at 0x");
    Cli.ok("verify", "--policy", policy, wired);
  }

  /** Another kind of socket than that of the program is denied. */
  @ParameterizedTest
  @CsvSource({"AF_UNIX, 0", "AF_INET, 159"})
  void otherArgumentsKill(String family, int status) throws IOException {
    String code = "#include <sys/socket.h>\nint main(void) { return socket(%s, 1, 0) < 0; }";
    Path plain = compile("plain", code.formatted("AF_UNIX"));
    Path policy = folder.resolve("policy.yaml");
    derive("--arguments", "-o", policy, plain);
    Path wired = folder.resolve("wired");
    Cli.ok("patch", "--policy", policy, "-o", wired, compile("other", code.formatted(family)));
    assertThat(Programs.run(wired).status()).isEqualTo(status);
  }

  private Path compile(String name, String code) throws IOException {
    Path source = folder.resolve(name + ".c");
    Files.writeString(source, code);
    Path program = folder.resolve(name);
    Gcc.run("-o", program, source);
    return program;
  }

  @Test
  void unknownNumbersOpenTheArgumentsOfCallsThatTheyMayBe() throws IOException {
    Derivation found =
        derive(
            WRAPPER
                + function(
                    "_start",
                    "mov $15, %edi\ncall wrapper\nmov number(%rip), %eax\nsyscall\ncall stop")
                + ".data\nnumber: .long 39\n");
    assertThat(policy(found, new UnknownAnswer.Calls(List.of("getpid"))))
        .contains("option == PR_SET_NAME");
    assertThat(policy(found, new UnknownAnswer.Calls(List.of("prctl"))))
        .contains("# any argument: prctl, which is listed for calls that are not known")
        .doesNotContain("when:");
    assertThat(policy(found, new UnknownAnswer.AllowAll()))
        .contains("# any argument: all calls, since the numbers of some are not known")
        .doesNotContain("when:");
  }

  private static String policy(Derivation derivation, UnknownAnswer answer) {
    return DerivedPolicy.of(derivation, "test", answer, true).text();
  }

  /** Programs that are executed under the same policy may use other arguments. */
  @Test
  void argumentsOfAllProgramsCount() throws IOException {
    Path first = Files.move(prctl("15"), folder.resolve("first"));
    Path second = Files.move(prctl("16"), folder.resolve("second"));
    Derivation both =
        Derivers.SHARED.derive(first, new DeriveOptions(List.of(), List.of(second), false));
    assertThat(both.explain("prctl").orElseThrow().arguments().get(0).values())
        .containsOnlyKeys(15L, 16L);
  }

  private Path prctl(String option) throws IOException {
    return Assembly.build(
        folder,
        WRAPPER + function("_start", "mov $%s, %%edi\ncall wrapper\ncall stop".formatted(option)),
        "-static");
  }
}
