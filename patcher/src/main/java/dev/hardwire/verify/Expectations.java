package dev.hardwire.verify;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Policy;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What the verifier is told beside the file.
 *
 * @param policy the policy that the file must enforce
 * @param atMost a policy that must allow all that the file allows
 * @param original the file that must have been patched
 * @param signatures the signatures that it must have
 * @param libraries what is known about libraries that programs need, by the names that programs
 *     give them
 * @param interpreters paths of dynamic linkers to accept beside those of glibc and musl
 * @param accepted what is accepted beyond what is proven
 */
public record Expectations(
    Optional<PolicyOn> policy,
    Optional<PolicyOn> atMost,
    Optional<Bytes> original,
    SignatureExpectations signatures,
    Function<String, LibraryFile> libraries,
    Set<String> interpreters,
    Set<Acceptance> accepted) {
  /** A policy, which may be another one on each architecture. */
  @FunctionalInterface
  public interface PolicyOn {
    /**
     * The policy of an architecture.
     *
     * @throws dev.hardwire.policy.PolicyException if it is not valid there
     */
    Policy on(Target architecture);
  }

  /** Nothing: the file speaks for itself. */
  public static final Expectations NONE = new Expectations(Optional.empty(), Optional.empty());

  /** Without signatures. */
  public Expectations(Optional<Policy> policy, Optional<Bytes> original) {
    this(policy.map(p -> on -> p), Optional.empty(), original, SignatureExpectations.NONE);
  }

  /** Without further dynamic linkers; the policies must deny something. */
  public Expectations(
      Optional<PolicyOn> policy,
      Optional<PolicyOn> atMost,
      Optional<Bytes> original,
      SignatureExpectations signatures,
      Function<String, LibraryFile> libraries) {
    this(policy, atMost, original, signatures, libraries, Set.of(), Set.of());
  }

  /** The same, of files that were made from this one. */
  public Expectations withOriginal(Bytes file) {
    return new Expectations(
        policy, atMost, Optional.of(file), signatures, libraries, interpreters, accepted);
  }

  /** The same, which accept these dynamic linkers too. */
  public Expectations withInterpreters(Set<String> paths) {
    return new Expectations(
        policy, atMost, original, signatures, libraries, Set.copyOf(paths), accepted);
  }

  /** The same, which accept this too. */
  public Expectations accepting(Acceptance... more) {
    Set<Acceptance> all = EnumSet.noneOf(Acceptance.class);
    all.addAll(accepted);
    all.addAll(List.of(more));
    return new Expectations(
        policy, atMost, original, signatures, libraries, interpreters, Set.copyOf(all));
  }

  boolean accepts(Acceptance one) {
    return accepted.contains(one);
  }

  /** Without libraries. */
  public Expectations(
      Optional<PolicyOn> policy,
      Optional<PolicyOn> atMost,
      Optional<Bytes> original,
      SignatureExpectations signatures) {
    this(policy, atMost, original, signatures, name -> new LibraryFile.Unknown("none was given"));
  }
}
