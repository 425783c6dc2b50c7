package dev.hardwire;

import dev.hardwire.core.LibraryLookup;
import dev.hardwire.core.files.InputFile;
import dev.hardwire.policy.Policy;
import dev.hardwire.sign.TrustStore;
import dev.hardwire.verify.Acceptance;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.SignatureExpectations;
import dev.hardwire.verify.Verifier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The verification of one executable. Immutable: each setter returns a new task. */
public final class VerifyTask {
  private final Path file;
  private final Requirements requirements;

  /** The signatures that are required. */
  private record Signatures(
      List<Path> trust, List<Path> lists, List<String> signers, boolean ignored) {}

  /** What is required beside a valid patch. */
  private record Requirements(
      Optional<GivenPolicy> policy,
      Optional<GivenPolicy> atMost,
      Optional<Path> original,
      Signatures signatures,
      Set<String> interpreters,
      Set<Acceptance> accepted) {
    static final Requirements NONE =
        new Requirements(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            new Signatures(List.of(), List.of(), List.of(), false),
            Set.of(),
            Set.of());

    Requirements withPolicy(GivenPolicy given) {
      return new Requirements(
          Optional.of(given), atMost, original, signatures, interpreters, accepted);
    }

    Requirements withLimit(GivenPolicy given) {
      return new Requirements(
          policy, Optional.of(given), original, signatures, interpreters, accepted);
    }

    Requirements withOriginal(Path given) {
      return new Requirements(
          policy, atMost, Optional.of(given), signatures, interpreters, accepted);
    }

    Requirements withSignatures(
        List<Path> trust, List<Path> lists, List<String> signers, boolean ignored) {
      Signatures required =
          new Signatures(List.copyOf(trust), List.copyOf(lists), List.copyOf(signers), ignored);
      return new Requirements(policy, atMost, original, required, interpreters, accepted);
    }

    Requirements withInterpreters(Set<String> paths) {
      return new Requirements(policy, atMost, original, signatures, paths, accepted);
    }

    Requirements accepting(Acceptance more) {
      Set<Acceptance> all = new HashSet<>(accepted);
      all.add(more);
      return new Requirements(policy, atMost, original, signatures, interpreters, Set.copyOf(all));
    }
  }

  VerifyTask(Path file) {
    this(file, Requirements.NONE);
  }

  private VerifyTask(Path file, Requirements requirements) {
    this.file = file;
    this.requirements = requirements;
  }

  private VerifyTask with(Requirements newRequirements) {
    return new VerifyTask(file, newRequirements);
  }

  /**
   * Requires that the file enforces this policy.
   *
   * @param policy any policy
   * @return a new task
   */
  public VerifyTask requirePolicy(Policy policy) {
    return with(requirements.withPolicy(GivenPolicy.of(policy)));
  }

  /**
   * Requires that the file enforces the policy of a file.
   *
   * @param policyFile in any format that {@link Policies#read(Path)} reads
   * @return a new task
   */
  public VerifyTask requirePolicy(Path policyFile) {
    return with(requirements.withPolicy(GivenPolicy.of(policyFile)));
  }

  /**
   * Requires that the file allows nothing that this policy does not allow.
   *
   * @param policy any policy
   * @return a new task
   */
  public VerifyTask requirePolicyAtLeast(Policy policy) {
    return with(requirements.withLimit(GivenPolicy.of(policy)));
  }

  /**
   * Requires that the file allows nothing that the policy of a file does not allow.
   *
   * @param policyFile in any format that {@link Policies#read(Path)} reads
   * @return a new task
   */
  public VerifyTask requirePolicyAtLeast(Path policyFile) {
    return with(requirements.withLimit(GivenPolicy.of(policyFile)));
  }

  /**
   * Requires that this file was patched, and that nothing else was changed.
   *
   * @param original the unpatched executable
   * @return a new task
   */
  public VerifyTask requireOriginal(Path original) {
    return with(requirements.withOriginal(original));
  }

  /**
   * Requires a signature, and that every signature is valid and leads to one of these certificates.
   * Without this, a file that is signed fails.
   *
   * @param certificates files with trusted certificates, PEM
   * @return a new task
   */
  public VerifyTask trust(Path... certificates) {
    return with(
        requirements.withSignatures(
            List.of(certificates),
            requirements.signatures().lists(),
            requirements.signatures().signers(),
            false));
  }

  /**
   * Requires that none of the signers' certificates is revoked; every certificate below the trusted
   * ones must be covered.
   *
   * @param lists files with revocation lists (RFC 5280), PEM or DER
   * @return a new task
   */
  public VerifyTask revocationLists(Path... lists) {
    return with(
        requirements.withSignatures(
            requirements.signatures().trust(),
            List.of(lists),
            requirements.signatures().signers(),
            false));
  }

  /**
   * Requires a signature by a signer, beside those that were required before.
   *
   * @param signer the subject of the certificate as {@link VerifyResult.Signature#signer} gives it,
   *     or the SHA-256 of the certificate in hexadecimal digits
   * @return a new task
   */
  public VerifyTask requireSigner(String signer) {
    List<String> signers = new ArrayList<>(requirements.signatures().signers());
    signers.add(signer);
    return with(
        requirements.withSignatures(
            requirements.signatures().trust(), requirements.signatures().lists(), signers, false));
  }

  /**
   * Allows a dynamic linker other than those of glibc and musl. It runs before the policy is
   * installed, so it has to be trusted.
   *
   * @param paths as {@code PT_INTERP} names them; these replace paths that were given before
   * @return a new task
   */
  public VerifyTask acceptInterpreters(String... paths) {
    return with(requirements.withInterpreters(Set.of(paths)));
  }

  /**
   * Accepts policies that allow every system call.
   *
   * @return a new task
   */
  public VerifyTask allowEmpty() {
    return with(requirements.accepting(Acceptance.EMPTY_POLICY));
  }

  /**
   * Believes that start code which cannot be compared with known code runs the init array: that of
   * static programs with the hook {@code init} or {@code post-init}, and that for musl on some
   * machines in mode needed ({@code docs/threat-model.md}).
   *
   * @return a new task
   */
  public VerifyTask assumeStartCode() {
    return with(requirements.accepting(Acceptance.START_CODE));
  }

  /**
   * Does not look at signatures.
   *
   * @return a new task that has no requirements about signatures
   */
  public VerifyTask ignoreSignatures() {
    return with(requirements.withSignatures(List.of(), List.of(), List.of(), true));
  }

  /**
   * Verifies the file. A file that does not pass is a result, not an exception.
   *
   * @return all checks
   * @throws IOException if a file cannot be read
   * @throws dev.hardwire.policy.PolicyException if a required policy is not valid
   * @throws HardwireException if a certificate or a revocation list cannot be used
   * @throws IllegalStateException if a signer is required, or lists are given, without {@link
   *     #trust}
   */
  public VerifyResult run() throws IOException {
    if (requirements.signatures().trust().isEmpty()
        && !(requirements.signatures().signers().isEmpty()
            && requirements.signatures().lists().isEmpty())) {
      throw new IllegalStateException("signatures need trusted certificates");
    }
    return Failure.translated(
        () -> {
          if (requirements.original().isEmpty()) {
            return verify(Optional.empty());
          }
          try (InputFile original = InputFile.open(requirements.original().get())) {
            return verify(Optional.of(original));
          }
        });
  }

  private VerifyResult verify(Optional<InputFile> original) throws IOException {
    Expectations expectations =
        new Expectations(
            read(requirements.policy()),
            read(requirements.atMost()),
            original.map(InputFile::bytes),
            signatures(),
            new LibraryLookup(Map.of(), false),
            requirements.interpreters(),
            requirements.accepted());
    try (InputFile input = InputFile.open(file)) {
      return VerifyResult.of(Verifier.verify(input.bytes(), expectations));
    }
  }

  private static Optional<Expectations.PolicyOn> read(Optional<GivenPolicy> policy)
      throws IOException {
    return policy.isPresent() ? Optional.of(policy.get().read()::on) : Optional.empty();
  }

  private SignatureExpectations signatures() throws IOException {
    boolean trusting = !requirements.signatures().trust().isEmpty();
    return new SignatureExpectations(
        trusting
            ? Optional.of(
                TrustStore.read(
                    requirements.signatures().trust(), requirements.signatures().lists()))
            : Optional.empty(),
        Instant.now(),
        Optional.empty(),
        requirements.signatures().signers(),
        0,
        !trusting,
        requirements.signatures().ignored());
  }
}
