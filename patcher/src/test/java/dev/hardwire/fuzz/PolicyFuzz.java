package dev.hardwire.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hardwire.arch.Target;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.environment.EnvironmentReader;
import dev.hardwire.formats.minijail.MinijailReader;
import dev.hardwire.formats.oci.OciReader;
import dev.hardwire.formats.systemd.SystemdReader;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.work.PolicyFormats;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever is taken for a policy is read and resolved, or refused. The first byte of an input
 * chooses the format, as each has readers of its own.
 */
class PolicyFuzz {
  private static final String NAME = "policy";
  private static final ReadOptions OPTIONS = new ReadOptions(Target.X86_64);

  static Stream<Arguments> seeds() {
    return Seeds.policies();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "5m")
  void policies(byte[] input) {
    if (input.length == 0) {
      return;
    }
    List<PolicyFormat> formats = PolicyFormats.all();
    PolicyFormat format = formats.get((input[0] & 0xff) % formats.size());
    byte[] content = Arrays.copyOfRange(input, 1, input.length);
    try {
      PolicyFormats.detect(content, NAME);
    } catch (PolicyException refused) {
      Seeds.requireText(refused);
    }
    try {
      ResolvedPolicy.of(read(format, content), Target.X86_64);
    } catch (PolicyException refused) {
      Seeds.requireText(refused);
    }
  }

  private static Policy read(PolicyFormat format, byte[] content) {
    return switch (format.toString()) {
      case "yaml" -> YamlPolicyReader.read(content, NAME);
      case "oci" -> OciReader.read(content, NAME, OPTIONS).policy();
      case "minijail" -> MinijailReader.read(content, NAME, OPTIONS).policy();
      case "systemd" -> SystemdReader.read(Map.of(NAME, content), OPTIONS).policy();
      case "env" -> EnvironmentReader.read(content, NAME);
      default -> throw new AssertionError(format);
    };
  }
}
