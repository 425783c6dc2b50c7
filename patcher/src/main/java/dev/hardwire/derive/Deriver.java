package dev.hardwire.derive;

import dev.hardwire.arch.Target;
import dev.hardwire.derive.Derivation.DerivedFile;
import dev.hardwire.derive.Derivation.ReachedCall;
import dev.hardwire.derive.Derivation.UnknownSite;
import dev.hardwire.derive.link.Analysis;
import dev.hardwire.derive.link.KnownFacts;
import dev.hardwire.derive.module.Module;
import dev.hardwire.seccomp.SyscallTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Derives what programs can do after their policy was installed. Several programs that are derived
 * by the same object share what was found out about their libraries.
 */
public final class Deriver {
  /** The kernel continues these calls after a signal by another one (restart_syscall(2)). */
  private static final Set<String> RESTARTED =
      Set.of("nanosleep", "clock_nanosleep", "poll", "futex");

  private final ModuleCache cache = new ModuleCache();
  private final KnownFacts facts = new KnownFacts();

  /**
   * Derives the system calls of a program.
   *
   * @param program an executable
   * @param options what else belongs to it
   * @return the calls, and those that are not known
   * @throws IOException if a file cannot be read
   * @throws DeriveException if a file cannot be analysed, or a library is not found
   */
  public Derivation derive(Path program, DeriveOptions options) throws IOException {
    Result result = new Result();
    result.add(program, options.libraries(), options.safe(), false);
    for (Path child : options.programs()) {
      result.add(child, List.of(), options.safe(), true);
    }
    if (result.calls.keySet().stream().anyMatch(RESTARTED::contains)) {
      result.calls.putIfAbsent(
          "restart_syscall",
          new ReachedCall("restart_syscall", 219, List.of("the kernel, after a signal")));
    }
    return new Derivation(
        program.toString(),
        List.copyOf(result.files),
        result.calls,
        result.unknown,
        List.copyOf(result.rules),
        List.copyOf(result.loaded));
  }

  /** What is joined from several programs. */
  private final class Result {
    private final Set<DerivedFile> files = new LinkedHashSet<>();
    private final SortedMap<String, ReachedCall> calls = new TreeMap<>();
    private final List<UnknownSite> unknown = new ArrayList<>();
    private final Set<String> rules = new LinkedHashSet<>();
    private final Set<String> loaded = new LinkedHashSet<>();

    void add(Path program, List<Path> libraries, boolean safe, boolean whole) throws IOException {
      Closure closure = Closure.of(program, libraries, cache);
      for (Module module : closure.modules()) {
        files.add(new DerivedFile(module.name(), module.buildId(), module.digest()));
      }
      Analysis analysis = new Analysis(closure.linked(), closure.interpreter(), safe, facts);
      analysis.run(whole);
      rules.addAll(analysis.rules());
      SyscallTable table = SyscallTable.of(Target.X86_64);
      for (Analysis.Call call : analysis.calls().values()) {
        Optional<String> name = table.name(call.number() & 0xffff_ffffL);
        // A number that no kernel has fails with ENOSYS, or kills; no policy can name it.
        name.ifPresent(n -> calls.putIfAbsent(n, new ReachedCall(n, call.number(), call.chain())));
      }
      for (Analysis.UnknownCall site : analysis.unknown()) {
        unknown.add(new UnknownSite(site.library(), site.place(), site.reason(), site.chain()));
      }
    }
  }
}
