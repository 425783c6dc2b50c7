package dev.hardwire.stub.library;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.Blob;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.StubCode;
import java.util.List;
import java.util.Optional;

/**
 * The shared library for LD_PRELOAD, /etc/ld.so.preload and DT_NEEDED.
 *
 * <p>Its code follows a blob header, like a stub. A built-in policy is the setup program of that
 * blob. Otherwise the header's flags say where the code looks for a policy ({@code
 * stub-asm/hardwire.h}), and the blob's data are the names accepted in the environment.
 *
 * @param soname DT_SONAME
 * @param policy built in; empty to take it from the program and the environment
 * @param otherwise what happens to a program if neither has a policy
 */
public record SandboxLibrary(
    Target machine, String soname, Optional<Policy> policy, WithoutPolicy otherwise) {
  private static final int FROM_PROGRAM = 1;
  private static final int FROM_ENVIRONMENT = 2;
  private static final int REQUIRE_POLICY = 4;
  private static final int ALLOW_UNCONFINED = 8;

  /** What happens to a program that has no policy of its own. */
  public enum WithoutPolicy {
    /** It is started only if its parent was confined by the library. */
    START_CONFINED,
    /** It is not started. */
    REFUSE,
    /** It is started, unconfined unless its parent is confined. */
    START
  }

  /**
   * The file.
   *
   * @throws dev.hardwire.policy.PolicyException if the policy does not fit the machine
   */
  public Bytes write() {
    policy.ifPresent(built -> Phase.refuse(built, "a library"));
    policy.ifPresent(built -> Policy.refuseSeal(built, "a library"));
    SetupProgram program =
        policy
            .map(built -> SetupCompiler.compile(machine, built))
            .orElseGet(() -> new SetupProgram(List.of(), NameTables.of(machine)));
    Blob blob = new Blob(machine, StubCode.library(machine), program);
    Bytes code = CodeFile.withFlags(blob.encode(0, blob.size()), machine, flags());
    String text = policy.map(YamlPolicyWriter::write).orElse("");
    return CodeFile.library(machine, soname, text, code, BlobHeader.SIZE);
  }

  private int flags() {
    int sources = policy.isPresent() ? 0 : FROM_PROGRAM | FROM_ENVIRONMENT;
    return switch (otherwise) {
      case START_CONFINED -> sources;
      case REFUSE -> sources | REQUIRE_POLICY;
      case START -> sources | ALLOW_UNCONFINED;
    };
  }
}
