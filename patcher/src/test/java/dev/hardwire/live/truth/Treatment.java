package dev.hardwire.live.truth;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.patch.PlannedPatch;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How a program is hard-wired: once, or twice.
 *
 * @param inner the hook of the first patch
 * @param outer that of a second one
 */
record Treatment(Kind inner, Optional<Kind> outer) {
  private static final Map<String, PatchRequest> REQUESTS = new ConcurrentHashMap<>();

  /** A hook, the choice among them, or mode needed. */
  enum Kind {
    AUTO,
    INIT,
    POST_INIT,
    ENTRY,
    NEEDED,
    FIRST;

    PatchSettings settings() {
      return switch (this) {
        case AUTO -> PatchSettings.DEFAULT;
        case NEEDED -> PatchSettings.DEFAULT.withLibrary(Runner.LIBRARY);
        default -> PatchSettings.DEFAULT.withHook(Hook.valueOf(name()));
      };
    }
  }

  static final List<Treatment> ALL =
      List.of(
          once(Kind.AUTO),
          once(Kind.INIT),
          once(Kind.INIT),
          once(Kind.POST_INIT),
          once(Kind.ENTRY),
          once(Kind.ENTRY),
          once(Kind.NEEDED),
          once(Kind.NEEDED),
          twice(Kind.INIT, Kind.ENTRY),
          twice(Kind.ENTRY, Kind.INIT),
          twice(Kind.INIT, Kind.POST_INIT),
          twice(Kind.POST_INIT, Kind.ENTRY),
          twice(Kind.NEEDED, Kind.ENTRY),
          twice(Kind.NEEDED, Kind.INIT));

  /** Those of which the kernel's loading alone decides. */
  static final List<Treatment> FROM_THE_FIRST_INSTRUCTION =
      List.of(
          once(Kind.FIRST),
          once(Kind.FIRST),
          once(Kind.FIRST),
          twice(Kind.INIT, Kind.FIRST),
          twice(Kind.FIRST, Kind.ENTRY));

  static Treatment once(Kind kind) {
    return new Treatment(kind, Optional.empty());
  }

  private static Treatment twice(Kind inner, Kind outer) {
    return new Treatment(inner, Optional.of(outer));
  }

  /** Hard-wires a program, as the command does. */
  Bytes patch(ElfFile original) {
    Bytes once = PlannedPatch.of(original, request(original, Layer.INNER, inner)).apply();
    if (outer.isEmpty()) {
      return once;
    }
    ElfFile elf = ElfFile.parse(once);
    PatchRequest plain = request(elf, Layer.OUTER, outer.get());
    PatchRequest again = plain.with(plain.settings().with(PatchSettings.Existing.STACK));
    return PlannedPatch.of(elf, again).apply();
  }

  private static PatchRequest request(ElfFile elf, Layer layer, Kind kind) {
    Target machine = elf.machine();
    PatchRequest plain =
        REQUESTS.computeIfAbsent(
            machine.id() + layer,
            key ->
                PatchRequest.of(
                    SetupCompiler.compile(machine, layer.policy()),
                    YamlPolicyWriter.write(layer.policy())));
    return kind == Kind.NEEDED
        ? plain.with(kind.settings())
        : plain.with(kind.settings().withSharedLibraries());
  }

  @Override
  public String toString() {
    return inner + outer.map(kind -> " under " + kind).orElse("");
  }
}
