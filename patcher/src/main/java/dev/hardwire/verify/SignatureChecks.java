package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.Binding;
import dev.hardwire.sign.FileSignature;
import dev.hardwire.sign.SignatureSet;
import dev.hardwire.sign.TrustStore;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.CheckFinding;
import dev.hardwire.verify.result.PatchSummary;
import dev.hardwire.verify.result.SignatureSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Who signed a file. A signature that cannot be checked fails, and so does one among several that
 * does not hold.
 */
final class SignatureChecks {
  private final Expectations expectations;
  private final List<PatchSummary> patches;
  private final CheckList list = new CheckList("");
  private final List<SignatureSummary> summaries = new ArrayList<>();
  private final List<FileSignature> sound = new ArrayList<>();
  private int count;

  /**
   * Prepares the checks.
   *
   * @param patches those of the file, as its other checks found them
   */
  SignatureChecks(Expectations expectations, List<PatchSummary> patches) {
    this.expectations = expectations;
    this.patches = List.copyOf(patches);
  }

  /**
   * Starts to read one message of signatures and what it is about, in another thread.
   *
   * @param isEmbedded whether the signatures are part of the file
   */
  static CompletableFuture<SignatureSet> start(Bytes cms, Bytes content, boolean isEmbedded) {
    return CompletableFuture.supplyAsync(() -> SignatureSet.read(cms, content, isEmbedded));
  }

  private static SignatureSet result(CompletableFuture<SignatureSet> pending) {
    try {
      return pending.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof SignatureFault fault) {
        throw fault;
      }
      throw e;
    }
  }

  void check(CompletableFuture<SignatureSet> pending) {
    list.check("signatures", () -> result(pending), SignatureChecks::size).ifPresent(this::check);
  }

  private static String size(SignatureSet set) {
    int size = set.signatures().size();
    return size == 1 ? "1 signature" : size + " signatures";
  }

  private void check(SignatureSet set) {
    boolean all = true;
    for (FileSignature signature : set.signatures()) {
      all &= check(signature);
    }
    if (all) {
      list.check(
          "certificates",
          () -> {
            set.requireAllUsed();
            return "each certificate is part of a signer's chain";
          });
    }
  }

  private boolean check(FileSignature signature) {
    String prefix = "signature " + ++count + " ";
    TrustStore trust = expectations.trust().orElseThrow();
    boolean same = list.check(prefix + "content", signature::checkContent);
    boolean passed = list.check(prefix + "signer", signature::checkValue) && same;
    if (passed && signature.isStamped()) {
      passed =
          list.check(
              prefix + "time-stamp",
              CheckFinding.NOT_TRUSTED,
              () -> signature.checkTimeStamp(trust, expectations.now()));
    }
    passed =
        passed
            && list.check(
                prefix + "chain",
                CheckFinding.NOT_TRUSTED,
                () -> signature.checkChain(trust, expectations.now()));
    passed = passed && list.check(prefix + "binding", () -> binding(signature.binding()));
    if (passed) {
      sound.add(signature);
    }
    summarise(signature, passed);
    return passed;
  }

  private void summarise(FileSignature signature, boolean passed) {
    try {
      summaries.add(
          new SignatureSummary(
              signature.subject(),
              signature.fingerprint(),
              signature.algorithm(),
              signature.time(),
              signature.isStamped() && passed,
              passed,
              signature.chain()));
    } catch (SignatureFault e) {
      summaries.add(new SignatureSummary("?", "?", "?", Optional.empty(), false, false, List.of()));
    }
  }

  private String binding(Optional<Binding> binding) {
    if (binding.isEmpty()) {
      return "the signer states nothing but the file's bytes";
    }
    List<Binding.Patch> found =
        patches.stream()
            .map(patch -> new Binding.Patch(patch.original(), patch.policy(), patch.hookText()))
            .toList();
    CheckList.require(
        binding.get().patches().equals(found),
        "the file does not have the original, policy and hook that the signer stated");
    return "original, policy and hook are those that the signer stated with "
        + binding.get().tool();
  }

  /** What is demanded of all signatures together. */
  void requirements() {
    for (String required : expectations.settings().signatures().signers()) {
      list.check(
          "required-signer",
          CheckFinding.NOT_TRUSTED,
          () -> {
            CheckList.require(
                sound.stream().anyMatch(signature -> signature.isBy(required)),
                "no sound signature by " + required);
            return "signed by " + required;
          });
    }
    int minimum = expectations.settings().signatures().minimum();
    if (minimum > 0) {
      list.check(
          "required-signatures",
          CheckFinding.NOT_TRUSTED,
          () -> {
            long names = sound.stream().map(FileSignature::subject).distinct().count();
            long keys = sound.stream().map(FileSignature::key).distinct().count();
            long signers = Math.min(names, keys); // one may have several certificates
            CheckList.require(
                signers >= minimum, "%d signers, %d are required".formatted(signers, minimum));
            return signers + " signers";
          });
    }
  }

  List<Check> checks() {
    return list.checks();
  }

  List<SignatureSummary> summaries() {
    return List.copyOf(summaries);
  }
}
