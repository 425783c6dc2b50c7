package dev.hardwire.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Which texts can name a policy. */
class PolicyNameTest {
  private static final Pattern ONE = Pattern.compile("[\\p{L}\\p{N}\\p{P}\\p{S}]");

  @Test
  void everyPrintableCharacterAndNoOther() {
    List<String> wrong = new ArrayList<>();
    for (int character = 0; character <= Character.MAX_CODE_POINT; character++) {
      String text = Character.toString(character);
      boolean printable = ONE.matcher(text).matches();
      if (Policy.isName(text) != printable
          || Policy.isName("a" + text) != (printable || character == ' ')) {
        wrong.add(Integer.toHexString(character));
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void lengthsAreInCharacters() {
    String pair = Character.toString(0x1d400); // two chars of Java
    assertThat(Policy.isName("")).isFalse();
    assertThat(Policy.isName(pair.repeat(100))).isTrue();
    assertThat(Policy.isName(pair.repeat(101))).isFalse();
    assertThat(Policy.isName("a".repeat(101))).isFalse();
  }

  @Test
  void spacesStandBehindSomethingElse() {
    assertThat(Policy.isName("a b")).isTrue();
    assertThat(Policy.isName("a ")).isTrue();
    assertThat(Policy.isName(" a")).isFalse();
    assertThat(Policy.isName("a\tb")).isFalse();
    assertThat(Policy.isName("a\nb")).isFalse();
  }
}
