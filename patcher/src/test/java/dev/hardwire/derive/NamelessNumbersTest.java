package dev.hardwire.derive;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Derivers;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls with numbers that a policy cannot name are not left out silently. */
@Tag("system")
class NamelessNumbersTest {
  @TempDir private Path folder;

  private Derivation derive(long number) throws IOException {
    String start = "mov $%d, %%eax%nsyscall%ncall stop".formatted(number);
    return Derivers.SHARED.derive(
        Assembly.build(folder, function("_start", start), "-static"), DeriveOptions.PLAIN);
  }

  /** The second is getpid of x32. */
  @ParameterizedTest
  @ValueSource(longs = {9999, 0x4000_0027, -1})
  void theNumberAndItsPlaceAreNamed(long number) throws IOException {
    Derivation found = derive(number);
    assertThat(found.isComplete()).isTrue();
    assertThat(found.rules())
        .filteredOn(rule -> rule.startsWith("number: "))
        .singleElement()
        .asString()
        .matches(
            "number: no system call has the number %d of \\S+ at 0x\\w+.*; making it kills"
                .formatted(number));
    assertThat(DerivedPolicy.of(found, "p", new UnknownAnswer.Refuse(), false).text())
        .contains("# rule number: no system call has the number %d of ".formatted(number));
  }

  @Test
  void numbersWithNamesAreNotMentioned() throws IOException {
    Derivation found = derive(39);
    assertThat(found.names()).contains("getpid");
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("number: "));
  }
}
