package dev.hardwire.elf;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.patch.LayoutCheck;
import dev.hardwire.patch.PatchedBytes;
import dev.hardwire.patch.plan.PatchPlan;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.CallLists;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Patches bytes with a policy that allows everything. */
public final class Patching {
  private static final Policy ALLOW_ALL =
      CallLists.policy(Optional.empty(), Optional.of(""), Action.KILL_PROCESS);
  private static final String TEXT = YamlPolicyWriter.write(ALLOW_ALL);

  private static final Map<Target, SetupProgram> PROGRAMS = new ConcurrentHashMap<>();

  private Patching() {}

  /** The bytes of a fixture. */
  public static byte[] fixture(String name) {
    try {
      return Files.readAllBytes(Fixtures.named(name).path());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SetupProgram program(Target machine) {
    return PROGRAMS.computeIfAbsent(machine, one -> SetupCompiler.compile(one, ALLOW_ALL));
  }

  /** A request to patch with a hook, or with the one that the planner chooses. */
  public static PatchRequest request(Target machine, Optional<Hook> hook) {
    return PatchRequest.of(program(machine), TEXT)
        .with(hook.map(PatchSettings.DEFAULT::withHook).orElse(PatchSettings.DEFAULT));
  }

  /** A request to make the program need a library. */
  public static PatchRequest request(String library) {
    return PatchRequest.of(program(Target.X86_64), TEXT)
        .with(PatchSettings.DEFAULT.withLibrary(library));
  }

  /** Plans a patch. */
  public static PatchPlan plan(ElfFile elf, Hook hook) {
    return PatchPlanner.plan(elf, request(elf.machine(), Optional.of(hook)));
  }

  /** Patches and checks the result as the command does. */
  public static Bytes patch(ElfFile elf, Hook hook) {
    Bytes patched = PatchedBytes.of(elf.bytes(), plan(elf, hook));
    LayoutCheck.check(elf, patched);
    return patched;
  }
}
