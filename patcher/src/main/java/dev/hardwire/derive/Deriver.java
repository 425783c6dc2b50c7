package dev.hardwire.derive;

import dev.hardwire.bytes.BytesException;
import dev.hardwire.derive.Derivation.DerivedFile;
import dev.hardwire.derive.Derivation.ReachedCall;
import dev.hardwire.derive.Derivation.UnknownSite;
import dev.hardwire.derive.link.KnownFacts;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.SummaryStore;
import dev.hardwire.derive.rules.Assumptions;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.form.StartCode;
import dev.hardwire.policy.Hook;
import java.io.Closeable;
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
 * by the same object share what was found out about their libraries; closing it keeps that for
 * later.
 */
public final class Deriver implements Closeable {
  private final ModuleCache modules;
  private final KnownFacts facts = new KnownFacts();
  private final int jobs;
  private final Optional<FindingsCache> cache;

  /** Works in one thread, and keeps nothing. */
  public Deriver() {
    this(1, Optional.empty());
  }

  /**
   * The same with threads and a cache, which change nothing about the results.
   *
   * @param jobs how many files are read at a time
   * @param cache of earlier findings
   */
  public Deriver(int jobs, Optional<FindingsCache> cache) {
    this.jobs = jobs;
    this.cache = cache;
    this.modules = new ModuleCache(cache.<SummaryStore>map(c -> c).orElse(SummaryStore.NONE));
  }

  /**
   * Works in one thread, with summaries of libraries.
   *
   * @param summaries where they are kept
   */
  public Deriver(SummaryStore summaries) {
    this.jobs = 1;
    this.cache = Optional.empty();
    this.modules = new ModuleCache(summaries);
  }

  /** Keeps what was found about libraries, for later processes. */
  @Override
  public void close() {
    keep();
    cache.ifPresent(FindingsCache::trim);
  }

  /**
   * Derives the system calls of a program.
   *
   * @param program an executable
   * @param options what else belongs to it
   * @return the calls, and those that are not known
   * @throws DeriveException if a file cannot be analysed, or a library is not found
   */
  public Derivation derive(Path program, DeriveOptions options) throws IOException {
    return derive(program, options, false);
  }

  /**
   * Derives the system calls of a dynamic program that runs under its policy from the first
   * instruction on: those of its dynamic linker and of all constructors as well, and those from
   * {@code main} on.
   *
   * @param program an executable
   * @param options what else belongs to it
   * @throws DeriveException if a file cannot be analysed, a library is not found, or the program
   *     has no dynamic linker
   */
  public FirstDerivation deriveFirst(Path program, DeriveOptions options) throws IOException {
    Closure closure = closure(program, List.of(), options.root(), options.content());
    if (closure.interpreter() < 0) {
      throw new DeriveException(
          program
              + ": has no dynamic linker, before which the hook first would run; leave out --hook"
              + " first: the policy of a static program begins with its first instruction anyway");
    }
    Derivation start = derive(program, options, true);
    boolean beginsAtMain = beginsAtMain(closure.modules().get(0).image().elf());
    return new FirstDerivation(
        start, beginsAtMain ? Optional.of(derive(program, options, false)) : Optional.empty());
  }

  /** Whether a phase can begin at main: whether the start code is known to run the init array. */
  private static boolean beginsAtMain(ElfFile elf) {
    try {
      StartCode.check(elf, Hook.POST_INIT);
      return true;
    } catch (ElfFormatException | BytesException unknown) {
      return false;
    }
  }

  private Derivation derive(Path program, DeriveOptions options, boolean whole) throws IOException {
    Result result = new Result(options);
    result.add(program, options.libraries(), options.content(), whole);
    for (Path child : options.programs()) {
      result.add(child, List.of(), Optional.empty(), true);
    }
    return new Derivation(
        program.toString(),
        List.copyOf(result.files),
        result.calls,
        result.unknown,
        List.copyOf(result.rules),
        List.copyOf(result.loaded),
        List.copyOf(result.composed));
  }

  /**
   * What {@link #derive} depends on without further options.
   *
   * @throws DeriveException if a file cannot be analysed, or a library is not found
   */
  public ClosureIdentity identity(Path program) throws IOException {
    return closure(program, List.of(), SystemRoot.HOST, Optional.empty()).identity();
  }

  private Closure closure(
      Path program, List<Path> libraries, SystemRoot root, Optional<Path> content)
      throws IOException {
    try {
      return Closure.of(program, libraries, root, content, modules);
    } catch (ElfFormatException | BytesException | IndexOutOfBoundsException e) {
      throw damaged(program, e);
    }
  }

  /**
   * Makes the summary of a library's code, unless there is a good one.
   *
   * @param sha256 of the file; of another one that has its name, nothing is made
   * @throws DeriveException if it cannot be analysed
   */
  public void summarise(Path library, String sha256) throws IOException {
    Module module = modules.library(library, SystemRoot.HOST);
    if (module.digest().equals(sha256)) {
      ModuleCache.prepare(List.of(module), 1);
    }
  }

  /** Adds what was found about the functions of libraries to their summaries. */
  public void keep() {
    facts.keep();
  }

  private static DeriveException damaged(Path program, RuntimeException failure) {
    return new DeriveException(
        "%s: a table of the program or a library is damaged: %s"
            .formatted(program, failure.getMessage()));
  }

  /** What is joined from several programs. */
  private final class Result {
    private final Set<DerivedFile> files = new LinkedHashSet<>();
    private final SortedMap<String, ReachedCall> calls = new TreeMap<>();
    private final List<UnknownSite> unknown = new ArrayList<>();
    private final Set<String> rules = new LinkedHashSet<>();
    private final Set<String> loaded = new LinkedHashSet<>();
    private final Set<String> composed = new LinkedHashSet<>();
    private final DeriveOptions options;

    Result(DeriveOptions options) {
      this.options = options;
    }

    void add(Path program, List<Path> libraries, Optional<Path> content, boolean whole)
        throws IOException {
      boolean safe = options.safe();
      Closure closure = closure(program, libraries, options.root(), content);
      for (Module module : closure.modules()) {
        String path = closure.path(module).toAbsolutePath().toString();
        files.add(ModuleCache.identified(path, module));
      }
      Assumptions assumptions =
          new Assumptions(
              safe ? Set.copyOf(Assumptions.RULES) : options.without(),
              closure.conversions(),
              closure.hasNameDaemon());
      String key = closure.key(safe, whole, assumptions);
      Optional<DerivedFindings> known = cache.flatMap(entries -> entries.findings(key));
      DerivedFindings found =
          known.orElseGet(() -> analyse(program, closure, safe, whole, assumptions));
      if (known.isEmpty()) {
        cache.ifPresent(entries -> entries.write(key, found));
      }
      rules.addAll(found.rules());
      loaded.addAll(found.loaded());
      composed.addAll(found.composed());
      unknown.addAll(found.unknown());
      found.calls().forEach(this::add);
    }

    private void add(ReachedCall call) {
      if (call.name().isEmpty()) {
        String place = call.chain().get(call.chain().size() - 1);
        rules.add(
            "number: no system call has the number %d of %s; making it kills"
                .formatted(call.number(), place));
      } else {
        calls.merge(call.name(), call, ReachedCall::or);
      }
    }
  }

  private DerivedFindings analyse(
      Path program, Closure closure, boolean safe, boolean whole, Assumptions assumptions) {
    try {
      ModuleCache.prepare(closure.modules(), jobs);
      return new Analysis(closure.linked(), closure.interpreter(), safe, assumptions, facts)
          .run(whole);
    } catch (ElfFormatException | BytesException | IndexOutOfBoundsException e) {
      throw damaged(program, e);
    }
  }
}
