package dev.hardwire.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConditionParserTest {
  private static Condition parse(String text) {
    return ConditionParser.parse(text, index -> new Position("c", 1, index + 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "fd == 1; fd == 1",
        "1 == fd; fd == 1",
        "0x10 > fd; fd < 16",
        "0b101 <= fd; fd >= 5",
        "mode == 0644; mode == 420",
        "mode == 0o644; mode == 420",
        "len == 1_000_000; len == 0xf4240",
        "fd == -1; fd == -1",
        "x == 0xffffffffffffffff; x == 0xffffffffffffffff",
        "x == -0x8000000000000000; x == -9223372036854775808",
        "prot & PROT_EXEC; (prot & PROT_EXEC) != 0",
        "!(prot & PROT_EXEC); !((prot & PROT_EXEC) != 0)",
        "(PROT_EXEC & prot) == 0; (prot & PROT_EXEC) == 0",
        "flags == O_RDWR | O_CREAT; flags == (O_RDWR | O_CREAT)",
        "(flags & ~(O_RDWR|O_CREAT)) == 0; (flags & ~(O_RDWR | O_CREAT)) == 0",
        "domain in [AF_INET, AF_INET6]; domain in [AF_INET, AF_INET6]",
        "u64(fd) == 3; u64(fd) == 3",
        "(i32(arg0) & 1) != 0; (i32(arg0) & 1) != 0",
        "a == 1 || b == 2 && c == 3; a == 1 || (b == 2 && c == 3)",
        "(a == 1 || b == 2) && c == 3; (a == 1 || b == 2) && c == 3",
        "((a == 1)); a == 1",
        "((a)) == 1; a == 1",
        "!(a == 1); !(a == 1)",
        "!((a & 4)) && !!a; !((a & 4) != 0) && !(!(a != 0))",
        "!!(a == 1); !(!(a == 1))",
        "a; a != 0",
        "!a; !(a != 0)"
      })
  void hasOneCanonicalForm(String text, String canonical) {
    assertThat(parse(text)).hasToString(canonical);
    assertThat(parse(canonical)).isEqualTo(parse(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "`` # c:1:1: expected an argument or a constant in a condition, not the end",
        "fd == # c:1:6: expected an argument or a constant in a condition, not the end",
        "fd = 1 # c:1:4: unexpected \"=\" in a condition",
        "!fd == 1 # c:1:5: write parentheses around what \"!\" applies to, as in !(fd == 1)",
        "!(fd & 3) == 1 # c:1:11: write parentheses around what \"!\" applies to, as in !(fd == 1)",
        "!fd & 3 # c:1:5: write parentheses around what \"!\" applies to, as in !(fd == 1)",
        "!!fd in [1] # c:1:6: write parentheses around what \"!\" applies to, as in !(fd == 1)",
        "fd == 1 fd # c:1:9: expected an operator in a condition, not \"fd\"",
        "fd == 1 && # c:1:11: expected an argument or a constant in a condition, not the end",
        "(fd == 1 # c:1:9: expected \")\" in a condition, not the end",
        "1 == 2 # c:1:3: both sides of \"==\" are constants; one must be an argument",
        "a == b # c:1:3: both sides of \"==\" are arguments; a filter compares with constants",
        "AF_INET # c:1:1: a condition needs an argument, not only constants",
        "prot & PROT_EXEC == 0 # c:1:1: write parentheses around the \"&\" of a comparison",
        "a & b # c:1:5: \"&\" needs a constant on one side",
        "(1 & 2) == a # c:1:6: \"&\" needs an argument on one side",
        "(a & 1 & 2) == 0 # c:1:10: one \"&\" for each argument; join the masks by \"|\"",
        "(a | 1) == 0 # c:1:2: \"|\" joins constants, not arguments",
        "~a == 0 # c:1:1: \"~\" needs a constant, not an argument",
        "a == -b # c:1:7: expected digits after \"-\"",
        "a == 0x1_0000_0000_0000_0000 # c:1:6: 0x1_0000_0000_0000_0000 does not fit 64 bits",
        "a == -0x8000000000000001 # c:1:6: 0x8000000000000001 does not fit 64 bits",
        "a == 12q # c:1:6: \"12q\" is not a number",
        "a == 0x # c:1:6: \"0x\" is not a number",
        "a == 08 # c:1:6: \"08\" is not a number",
        "a in [b] # c:1:7: a list after \"in\" holds constants only",
        "a in [] # c:1:7: expected an argument or a constant in a condition, not \"]\"",
        "a in 1 # c:1:6: expected \"[\" in a condition, not \"1\"",
        "u64(AF_INET) == 1 # c:1:5: expected an argument's name",
        "a $ 1 # c:1:3: unexpected \"$\" in a condition"
      })
  void errorsNameThePlace(String text, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> parse(text))
        .withMessage(message);
  }

  @Test
  void deepNestingIsAnErrorAndNotACrash() {
    for (String text :
        new String[] {
          "(".repeat(100_000) + "a == 1",
          "!".repeat(100_000) + "a",
          "a == " + "~".repeat(100_000) + "1",
          "a == " + "(".repeat(100_000)
        }) {
      assertThatExceptionOfType(PolicyException.class)
          .isThrownBy(() -> parse(text))
          .withMessageContaining("condition")
          .satisfies(e -> assertThat(e.getMessage()).matches("c:1:\\d+: .*"));
    }
  }
}
