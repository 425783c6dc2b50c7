package dev.hardwire.live.patch;

import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Expected;
import dev.hardwire.testing.Fixture;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Samples of fixtures. */
final class Kinds {
  private Kinds() {}

  /** Those that have something that those before them do not have. */
  static List<Fixture> each(List<Fixture> fixtures, Function<Fixture, List<String>> marks) {
    Set<String> seen = new HashSet<>();
    List<Fixture> sample = new ArrayList<>();
    for (Fixture fixture : fixtures) {
      if (seen.addAll(marks.apply(fixture))) {
        sample.add(fixture);
      }
    }
    return sample;
  }

  /** A linker and the kind of file that it made, and the hook of the sample with that kind. */
  static List<String> linkerAndHook(Fixture fixture) {
    List<String> marks = new ArrayList<>();
    marks.add(fixture.machine() + " " + fixture.kind() + " by " + fixture.linker());
    for (Hook hook : Expected.sample(fixture)) {
      marks.add(fixture.kind() + " with " + hook);
    }
    return marks;
  }
}
