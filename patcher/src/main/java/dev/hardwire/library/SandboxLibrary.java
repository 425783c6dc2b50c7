package dev.hardwire.library;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.Machine;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.format.YamlPolicyWriter;
import dev.hardwire.stub.Blob;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.StubCode;
import java.util.List;
import java.util.Optional;

/**
 * The shared library for LD_PRELOAD, /etc/ld.so.preload and DT_NEEDED.
 *
 * <p>Its code stands behind a blob header, as a stub does. A policy that is built in is the setup
 * program of that blob. Else the header's flags say where the code looks for one ({@code
 * stub-asm/hardwire.h}), and the blob's data are the names that it may find in the environment.
 *
 * @param soname DT_SONAME
 * @param policy built in; empty to take it from the program and the environment
 * @param required whether a program without any policy is not started
 */
public record SandboxLibrary(
    Machine machine, String soname, Optional<Policy> policy, boolean required) {
  private static final int FLAGS_OFFSET = 12;
  private static final int FROM_PROGRAM = 1;
  private static final int FROM_ENVIRONMENT = 2;
  private static final int REQUIRE_POLICY = 4;

  /**
   * The file.
   *
   * @throws dev.hardwire.policy.PolicyException if the policy does not fit the machine
   */
  public Bytes write() {
    SetupProgram program =
        policy
            .map(built -> SetupCompiler.compile(machine, built))
            .orElseGet(
                () ->
                    new SetupProgram(
                        List.of(), NameTables.of(SetupCompiler.architecture(machine))));
    Blob blob = new Blob(machine, StubCode.library(machine), program);
    Bytes code = withFlags(blob.encode(0, blob.size()));
    String text = policy.map(YamlPolicyWriter::write).orElse("");
    return SharedObject.write(machine, soname, text, code, BlobHeader.SIZE);
  }

  private int flags() {
    return (policy.isPresent() ? 0 : FROM_PROGRAM | FROM_ENVIRONMENT)
        | (required ? REQUIRE_POLICY : 0);
  }

  private Bytes withFlags(Bytes blob) {
    long rest = FLAGS_OFFSET + 4L;
    return new ByteWriter(machine.order())
        .bytes(blob.slice(0, FLAGS_OFFSET))
        .u32(flags())
        .bytes(blob.slice(rest, blob.size() - rest))
        .toBytes();
  }
}
