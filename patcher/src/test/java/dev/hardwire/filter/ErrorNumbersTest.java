package dev.hardwire.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ConstantTable;
import dev.hardwire.policy.ErrorNumber;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Policies know one table of error numbers, so every architecture has to have it. */
class ErrorNumbersTest {
  @ParameterizedTest
  @EnumSource
  void theHeadersOfEveryArchitectureHaveTheNumbers(Target architecture) {
    ConstantTable headers = ConstantTable.of(architecture);
    assertThat(ErrorNumber.names())
        .hasSizeGreaterThan(130)
        .allSatisfy(
            name ->
                assertThat(headers.value(name))
                    .as(name)
                    .hasValue(ErrorNumber.number(name).getAsInt()));
    Set<String> others =
        headers.names().stream()
            .filter(name -> name.matches("E(?!POLL)[A-Z0-9]+"))
            .filter(name -> headers.value(name).getAsLong() > 0)
            .filter(name -> headers.value(name).getAsLong() <= ErrorNumber.MAXIMUM)
            .collect(Collectors.toCollection(TreeSet::new));
    others.removeAll(ErrorNumber.names());
    assertThat(others).containsExactly("EDEADLOCK");
  }
}
