package dev.hardwire.derive;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Cases of tests, each with a setting, such as a level of optimisation. */
public final class Cases {
  private Cases() {}

  /** As few as have each case and each setting. */
  public static Stream<Arguments> some(List<?> cases, List<?> settings) {
    return IntStream.range(0, Math.max(cases.size(), settings.size()))
        .mapToObj(
            i -> Arguments.of(cases.get(i % cases.size()), settings.get(i % settings.size())));
  }

  /** Each case with each setting. */
  public static Stream<Arguments> all(List<?> cases, List<?> settings) {
    return cases.stream()
        .flatMap(one -> settings.stream().map(setting -> Arguments.of(one, setting)));
  }
}
