package dev.hardwire.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hardwire.arch.Target;
import dev.hardwire.learn.LearnedPolicy;
import dev.hardwire.learn.Learner;
import dev.hardwire.learn.log.LearnException;
import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.learn.record.Proposals;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is taken for a log ends in a policy that can be read again, or in a refusal. */
class LogFuzz {
  private static final LearnOptions OPTIONS =
      new LearnOptions(
              LearnOptions.From.AUTO,
              Optional.empty(),
              OptionalInt.empty(),
              Optional.empty(),
              true,
              false,
              true,
              true,
              false,
              Target.X86_64)
          .proposing(new Proposals(true, true, Set.of("/home"), "/work"));

  static Stream<Arguments> seeds() {
    return Seeds.logs();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "5m")
  void logs(byte[] content) throws IOException {
    Learner learner = new Learner(OPTIONS);
    LearnedPolicy policy;
    try {
      learner.read("log.123", new ByteArrayInputStream(content));
      policy = LearnedPolicy.of(learner.finish(), "learned", Optional.empty());
    } catch (LearnException refused) {
      Seeds.requireText(refused);
      return;
    }
    YamlPolicyReader.read(policy.text().getBytes(StandardCharsets.UTF_8), "learned");
  }
}
