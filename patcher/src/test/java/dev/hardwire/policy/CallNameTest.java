package dev.hardwire.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CallNameTest {
  private static final Pattern WELL_FORMED =
      Pattern.compile("~?([a-z_][a-z0-9_]{0,62}|@[a-z][a-z0-9-]{0,62})");
  private static final String CHARACTERS = "~@ab_-z09/{`:A\u00e9";

  private static void check(String text) {
    assertThat(CallName.isWellFormed(text)).as(text).isEqualTo(WELL_FORMED.matcher(text).matches());
  }

  @Test
  void theSpellingOfNames() {
    for (String start : new String[] {"", "~", "@", "~@", "~~", "@@", "@~", "a", "@a", "_", "@_"}) {
      for (int length = 0; length < 66; length++) {
        check(start + "x".repeat(length));
      }
    }
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(5); length >= 0; length--) {
        text.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
      }
      check(text.toString());
    }
  }
}
