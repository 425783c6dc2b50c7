package dev.hardwire.derive;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Symbols;
import dev.hardwire.derive.rules.Assumptions;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.form.NormalForm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A program with all libraries that it needs, in the order of the search for symbols. */
final class Closure {
  private static final List<Long> OTHERS =
      List.of(DynamicTag.FILTER, DynamicTag.AUXILIARY, DynamicTag.AUDIT, DynamicTag.DEPAUDIT);

  /** The dynamic linkers of glibc and musl, by their names. */
  private static final Pattern LINKER =
      Pattern.compile("(.*/)?ld(-linux-x86-64|-musl-x86_64|64|-[0-9.]+)?\\.so(\\.[0-9]+)?");

  /** Where C libraries expect the table of character sets. */
  private static final List<String> CONVERSIONS =
      List.of(
          "/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache",
          "/usr/lib64/gconv/gconv-modules.cache",
          "/usr/lib/gconv/gconv-modules.cache");

  /** Daemons that answer at the socket of nscd(8), their settings, and the socket. */
  private static final List<String> NAME_DAEMONS =
      List.of(
          "/usr/sbin/nscd",
          "/usr/bin/nscd",
          "/usr/sbin/unscd",
          "/usr/bin/unscd",
          "/usr/sbin/nsncd",
          "/usr/bin/nsncd",
          "/etc/nscd.conf",
          "/run/nscd/socket",
          "/var/run/nscd/socket");

  private final ModuleCache cache;
  private final List<Path> given;

  /** By real path, in order. */
  private final Map<Path, Module> members = new LinkedHashMap<>();

  /** By which paths they were asked for: others may have asked for the same files by others. */
  private final IdentityHashMap<Module, Path> asked = new IdentityHashMap<>();

  /** Those that glibc loads on some processors instead of others. */
  private final Set<Path> forProcessors = new LinkedHashSet<>();

  private final SystemRoot root;
  private Libraries libraries;
  private int startup;
  private int interpreter = -1;

  private Closure(ModuleCache cache, SystemRoot root, List<Path> given) {
    this.cache = cache;
    this.root = root;
    this.given = given;
  }

  /**
   * Reads a program and everything it needs.
   *
   * @param plugins libraries that it loads when it runs
   * @param root in which all of them are
   * @param content see {@link DeriveOptions#content}
   */
  static Closure of(
      Path program, List<Path> plugins, SystemRoot root, Optional<Path> content, ModuleCache cache)
      throws IOException {
    Closure closure = new Closure(cache, root, plugins);
    closure.start(program, content);
    closure.startup = closure.members.size();
    for (Path plugin : plugins) {
      closure.add(plugin, null);
    }
    for (Path library : closure.forProcessors) {
      closure.add(library, null);
    }
    closure.requireVersions();
    closure.requireSymbols();
    return closure;
  }

  /** The dynamic linker ends a program if a library lacks a version of symbols that it needs. */
  private void requireVersions() {
    Map<String, Module> named = new HashMap<>();
    members.forEach((file, module) -> named.putIfAbsent(file.getFileName().toString(), module));
    for (Module module : members.values()) {
      module.strings(DynamicTag.SONAME).forEach(name -> named.putIfAbsent(name, module));
    }
    for (Module user : members.values()) {
      for (Symbols.NeededVersion needed : user.symbols().neededVersions()) {
        Module library = named.get(needed.library());
        if (library != null && !library.symbols().hasVersion(needed.version())) {
          throw new DeriveException(
              "%s: needs the version %s of %s, which %s does not have: it is another library than the program runs with; name its system with --root"
                  .formatted(user.name(), needed.version(), needed.library(), library.name()));
        }
      }
    }
  }

  /** What the program calls has to be somewhere. */
  private void requireSymbols() {
    Module program = modules().get(0);
    for (int index : program.symbols().required()) {
      String name = program.symbols().name(index);
      String version = program.symbols().version(index);
      boolean isDefined =
          members.values().stream().anyMatch(module -> module.symbols().find(name, version) != 0);
      if (!isDefined) {
        throw new DeriveException(
            "%s: no library defines \"%s\", which it needs; give the one that does with --with-library, or name its system with --root"
                .formatted(program.name(), version.isEmpty() ? name : name + "@" + version));
      }
    }
  }

  /** Tables of character sets that the system has, by the paths that C libraries name. */
  Set<String> conversions() {
    return CONVERSIONS.stream()
        .filter(table -> root.file(Path.of(table)).isPresent())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether the system has a daemon that answers what programs ask about names. */
  boolean hasNameDaemon() {
    return NAME_DAEMONS.stream().anyMatch(path -> root.has(Path.of(path)));
  }

  Linked linked() {
    return new Linked(List.copyOf(members.values()), startup);
  }

  List<Module> modules() {
    return List.copyOf(members.values());
  }

  /** The path of a file by which the program, or what it needs, leads to it. */
  Path path(Module module) {
    return asked.get(module);
  }

  /** Everything that the analysis depends on. */
  String key(boolean safe, boolean whole, Assumptions assumptions) {
    StringBuilder key = new StringBuilder();
    key.append(new TreeSet<>(assumptions.without()))
        .append(new TreeSet<>(assumptions.conversions()))
        .append(assumptions.hasDaemon());
    key.append("%b %b %d %d\n".formatted(safe, whole, startup, interpreter));
    for (Module module : members.values()) {
      key.append("%s %s\n".formatted(module.digest(), path(module)));
    }
    return key.toString();
  }

  /**
   * Everything that the analysis depends on but the program's name. In front is what is most work
   * to analyse anew: the largest library, then all libraries.
   */
  ClosureIdentity identity() {
    StringBuilder libraries = new StringBuilder();
    libraries.append("%d %d\n".formatted(startup, interpreter));
    List<Module> all = modules();
    String largest = "";
    long size = -1;
    for (Module module : all.subList(1, all.size())) {
      libraries.append("%s %s\n".formatted(module.digest(), path(module)));
      if (module.image().elf().bytes().size() > size) {
        size = module.image().elf().bytes().size();
        largest = module.digest() + "-";
      }
    }
    Bytes text = Bytes.wrap(libraries.toString().getBytes(StandardCharsets.UTF_8));
    return new ClosureIdentity(
        largest + text.sha256().hex() + "-" + all.get(0).digest(),
        all.stream()
            .skip(1)
            .map(module -> new ClosureIdentity.Library(path(module).toString(), module.digest()))
            .toList());
  }

  /** The index of the dynamic linker, or -1. */
  int interpreter() {
    return interpreter;
  }

  private void start(Path program, Optional<Path> content) throws IOException {
    Module first =
        ModuleCache.program(program, content.isPresent() ? content.get() : root.real(program));
    Optional<String> linker =
        first
            .image()
            .elf()
            .segment(SegmentType.INTERP)
            .map(segment -> first.image().text(segment.vaddr(), 4096));
    libraries = new Libraries(root, linker.orElse("").contains("musl"));
    requireMachine(first);
    add(program, first);
    if (linker.isPresent()) {
      requireKnown(program, linker.get());
      Path real = root.real(Path.of(linker.get()));
      add(Path.of(linker.get()), null);
      interpreter = List.copyOf(members.keySet()).indexOf(real);
    }
  }

  /** Other interpreters, such as that of klibc, need not do what the dynamic linker does. */
  private void requireKnown(Path program, String linker) {
    boolean named = given.stream().anyMatch(file -> file.equals(Path.of(linker)));
    if (!LINKER.matcher(linker).matches() && !named) {
      throw new DeriveException(
          "%s: its interpreter %s is not a dynamic linker that is known; if it is one, give it with --with-library %s"
              .formatted(program, linker, linker));
    }
  }

  private static void requireMachine(Module module) {
    if (module.image().elf().machine() != Target.X86_64) {
      throw new DeriveException(
          "%s: programs of %s cannot be analysed, only those of x86_64"
              .formatted(module.name(), module.image().elf().machine()));
    }
  }

  /** Libraries that are loaded without being needed, and searched before others. */
  private static void requireOrder(Module module) {
    for (long tag : OTHERS) {
      List<String> names = module.strings(tag);
      if (!names.isEmpty()) {
        throw new DeriveException(
            "%s: the dynamic linker loads \"%s\" in front of it (dynamic tag 0x%x); it cannot be analysed"
                .formatted(module.name(), names.get(0), tag));
      }
    }
  }

  /** Relocations may write numbers and addresses into instructions, unseen. */
  private static void requireCode(Module module) {
    ElfFile elf = module.image().elf();
    boolean changes =
        NormalForm.relocatesCode(elf)
            && elf.loads().stream()
                .filter(load -> (load.flags() & ProgramHeader.PF_X) != 0)
                .anyMatch(l -> !elf.relocations().touching(l.vaddr(), l.memsz()).isEmpty());
    if (changes) {
      throw new DeriveException(
          "%s: the dynamic linker changes its code (DT_TEXTREL); it cannot be analysed"
              .formatted(module.name()));
    }
  }

  /** Adds a file and breadth first what it needs. */
  private void add(Path file, Module first) throws IOException {
    List<Path> open = new ArrayList<>(List.of(file));
    for (int i = 0; i < open.size(); i++) {
      Path real = i == 0 && first != null ? place(open.get(i)) : root.real(open.get(i));
      if (members.containsKey(real)) {
        continue;
      }
      Module module = i == 0 && first != null ? first : cache.library(open.get(i), root);
      requireMachine(module);
      requireOrder(module);
      requireCode(module);
      members.put(real, module);
      asked.put(module, open.get(i));
      List<String> paths = new ArrayList<>(module.strings(DynamicTag.RUNPATH));
      if (paths.isEmpty()) {
        paths.addAll(module.strings(DynamicTag.RPATH));
        members.values().forEach(other -> paths.addAll(other.strings(DynamicTag.RPATH)));
      }
      for (String name : module.needed()) {
        Path found = find(name, root.shown(real).getParent(), paths, module);
        open.add(found);
        forProcessors.addAll(libraries.forProcessors(found));
      }
    }
  }

  /** Where a program is, or will be. */
  private Path place(Path program) throws IOException {
    return root.file(program).isPresent()
        ? root.real(program)
        : root.real(program.toAbsolutePath().getParent()).resolve(program.getFileName());
  }

  private Path find(String name, Path origin, List<String> paths, Module user) {
    for (Path known : members.keySet()) {
      if (known.getFileName().toString().equals(name)) {
        return root.shown(known);
      }
    }
    return libraries
        .find(name, origin, paths)
        .or(() -> given.stream().filter(f -> f.getFileName().toString().equals(name)).findFirst())
        .orElseThrow(
            () ->
                new DeriveException(
                    "%s: the library \"%s\", which it needs, is not found; give it with --with-library"
                        .formatted(user.name(), name)));
  }
}
