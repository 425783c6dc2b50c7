package dev.hardwire.work;

import dev.hardwire.calls.CallGroups;
import dev.hardwire.input.InputFile;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.CallWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A policy, or a file that will be read, and how it is used.
 *
 * @param reader reads it
 * @param mapped whether names of x86-64 calls stand for those of other architectures
 * @param strict whether warnings about calls that can be made another way are errors
 * @param weights a file with numbers of calls
 */
public record GivenPolicy(Reader reader, boolean mapped, boolean strict, Optional<Path> weights) {
  /** Reads a policy. */
  public interface Reader {
    PolicyPerArchitecture read() throws IOException;
  }

  /** None. */
  public static final GivenPolicy NONE =
      new GivenPolicy(
          () -> {
            throw new IllegalStateException("no policy");
          },
          false,
          false,
          Optional.empty());

  /**
   * The same use of another policy.
   *
   * @param origin where it comes from, for people
   */
  public GivenPolicy of(Policy policy, String origin) {
    PolicyPerArchitecture given = PolicyPerArchitecture.of(policy, origin);
    return new GivenPolicy(() -> given, mapped, strict, weights);
  }

  /**
   * The same use of the policy of a file.
   *
   * @param roots directories in which included files are looked for
   */
  public GivenPolicy of(Path file, List<Path> roots) {
    return new GivenPolicy(() -> PolicyPerArchitecture.read(file, roots), mapped, strict, weights);
  }

  /** The same, mapped. */
  public GivenPolicy withMissingCallsMapped() {
    return new GivenPolicy(reader, true, strict, weights);
  }

  /** The same, strict. */
  public GivenPolicy asStrict() {
    return new GivenPolicy(reader, mapped, true, weights);
  }

  /** The same with weights. */
  public GivenPolicy weighedBy(Path file) {
    return new GivenPolicy(reader, mapped, strict, Optional.of(file));
  }

  public boolean isGiven() {
    return reader != NONE.reader;
  }

  public PolicyPerArchitecture read() throws IOException {
    PolicyPerArchitecture given = reader.read();
    PolicyPerArchitecture whole = mapped ? given.withMissingCallsMapped() : given;
    if (weights.isEmpty()) {
      return whole;
    }
    InputFile.require(weights.get());
    CallWeights.Names names = new CallWeights.Names(CallGroups::isKnownSomewhere);
    return whole.weighedBy(CallWeights.read(weights.get(), names), names.warnings());
  }

  /** Reads it for programs to patch. */
  public PolicySource source(Consumer<PolicyWarning> warnings) throws IOException {
    return new PolicySource(read(), strict, warnings);
  }
}
