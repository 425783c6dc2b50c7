package dev.hardwire.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The page on testing has the numbers of attacks. */
class AttackCountsTest {
  private static final Path PAGE = Path.of("../docs/development/testing.md");

  @Test
  void thePageHasTheNumbers() throws IOException {
    String page = Files.readString(PAGE).replaceAll("\\s+", " ");
    long targets = AttackTest.attacks().map(Attack::fixture).distinct().count();
    assertThat(page)
        .contains(
            "`AttackTest` applies %d forgeries to %d patched programs, each in up to three ways: %d files."
                .formatted(AttackTest.attacks().count(), targets, AttackTest.attempts().count()))
        .contains("`NormalFormTest` has %d originals".formatted(NormalFormTest.tricks().count()));
  }
}
