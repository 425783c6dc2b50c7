package dev.hardwire.keep;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hardwire.Destination;
import dev.hardwire.FileResult;
import dev.hardwire.FileWork;
import dev.hardwire.FoundFile;
import dev.hardwire.HardwireException;
import dev.hardwire.Messages;
import dev.hardwire.PatchResult;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.derive.DeriveException;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.NamedFiles;
import dev.hardwire.derive.SystemRoot;
import dev.hardwire.input.InputFile;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.manifest.DerivedPolicies;
import dev.hardwire.manifest.FoundFiles;
import dev.hardwire.manifest.ManifestRule;
import dev.hardwire.manifest.ManifestRules;
import dev.hardwire.os.Descriptor;
import dev.hardwire.os.Directory;
import dev.hardwire.os.TreePath;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.output.CacheFolder;
import dev.hardwire.output.TargetName;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.Manifest;
import dev.hardwire.policy.text.ManifestReader;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.Glob;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/**
 * Programs of packages that stay hard-wired.
 *
 * <p>On Debian and its relatives each is diverted: dpkg puts it below {@link #ORIGINALS}, which
 * only root can enter, and at its own path is a hard-wired copy. So an upgrade changes the
 * original, and the copy is made again after that; until then the former copy is started.
 *
 * <p>Other package managers write over the copy. Then {@link #settle} puts what they have written
 * below {@link #ORIGINALS}, and the copy is made again.
 *
 * <p>Invariants: every step leaves complete files, and {@link #refresh} continues after a step at
 * which it was killed. A path always has a file: the original becomes a hard link first.
 */
public final class Keeper {
  /** Where the files of packages are, each under its path below the root. */
  public static final Path ORIGINALS = Path.of("/usr/lib/hardwire/kept");

  /** What is kept: manifests. */
  public static final Path MANIFESTS = Path.of("/etc/hardwire/keep.d");

  /**
   * Where package managers have no diversions: the originals of copies that stayed, since later
   * ones could not be patched.
   */
  private static final Path FORMER = ORIGINALS.resolve(".former");

  private static final Path WORK = Path.of("/var/lib/hardwire/keep");
  private static final Path STATE = WORK.resolve("state");

  /** The policies of entries that say {@code derive}, each under its program's path. */
  private static final Path DERIVED = WORK.resolve("derived");

  private static final Path ROOT = Path.of("/");
  private static final int PRIVATE = 0600;

  private static final long PATIENCE_SECONDS = 60;

  /** How a program is, or what was done with it. */
  public enum Kind {
    /** The copy is what the manifest makes of the original. */
    KEPT,
    /** The copy was made. */
    MADE,
    /** The copy is not what the manifest makes of the original. */
    STALE,
    /** A manifest names it, and it is not diverted. */
    NOT_KEPT,
    /** Its package is not installed. */
    NOT_INSTALLED,
    /** Its package was removed, and so was the copy. */
    REMOVED,
    /**
     * No manifest names it any more, or it is no program any more: the original is in its place.
     */
    GIVEN_BACK,
    /** It cannot be patched, and is not kept. */
    REFUSED,
    /** The original cannot be patched: the copy of the former one stays. */
    OLD,
    /** The original cannot be patched: the program does not start. */
    STOPPED,
    /** The original cannot be patched, and is in its place. */
    UNCONFINED
  }

  /**
   * What is known of a program.
   *
   * @param program its path
   * @param failure why it could not be patched
   */
  public record Finding(Path program, Kind kind, Optional<Exception> failure) {}

  /** A manifest with the entries for programs that are diverted, and for those that are not. */
  private record Source(Path file, Manifest manifest, ManifestRules kept, ManifestRules others) {}

  private final Messages messages;
  private final Diversions diversions = new Diversions(ORIGINALS);
  private final DerivedPolicies policies =
      new DerivedPolicies(Runtime.getRuntime().availableProcessors(), Optional.empty());

  /** What was derived now, by the paths of programs. */
  private final Map<Path, DerivedPolicy> derived = new HashMap<>();

  private final List<Finding> findings = new ArrayList<>();
  private final List<Source> sources = new ArrayList<>();

  private Keeper(Messages messages) {
    this.messages = messages;
  }

  /** Whether programs are kept on this machine. */
  public static boolean isEnabled() {
    return Files.isDirectory(ORIGINALS);
  }

  /**
   * Begins to keep what manifests name.
   *
   * @param messages takes warnings
   * @throws PolicyException if a manifest is not valid, or an entry of it matches nothing
   */
  public static List<Finding> enable(Messages messages) throws IOException {
    return locked(
        () -> {
          Keeper keeper = new Keeper(messages);
          keeper.readManifests();
          if (keeper.sources.isEmpty()) {
            throw new FileSystemException(
                MANIFESTS.toString(), null, "has no *.yaml; write a manifest that names programs");
          }
          keeper.find(keeper.diversions.all(), true);
          Directory.makePrivate(ORIGINALS);
          return new Keeper(messages).refreshed();
        });
  }

  /**
   * Makes the copies again whose originals, policies or manifests have changed.
   *
   * @param messages takes warnings
   * @return nothing if nothing is kept
   * @throws PolicyException if a manifest is not valid; then everything stays as it is
   */
  public static List<Finding> refresh(Messages messages) throws IOException {
    return isEnabled() ? locked(() -> new Keeper(messages).refreshed()) : List.of();
  }

  /**
   * Compares everything, and changes nothing.
   *
   * @param messages takes warnings
   */
  public static List<Finding> status(Messages messages) throws IOException {
    requireRoot();
    Keeper keeper = new Keeper(messages);
    keeper.readManifests();
    Set<Path> diverted = keeper.diversions.all();
    keeper.find(diverted, false);
    for (Source source : keeper.sources) {
      for (ManifestRule rule : source.others().all()) {
        if (!rule.rule().leave() && !rule.files().isEmpty()) {
          FileWork<PatchResult> check = keeper.checksOfNew(rule);
          for (TreeEntry file : rule.files()) {
            keeper.check(check, file, Kind.NOT_KEPT, Kind.NOT_KEPT);
          }
        }
      }
      for (ManifestRule rule : source.kept().all()) {
        if (rule.rule().leave() || rule.files().isEmpty()) {
          continue;
        }
        FileWork<PatchResult> check = work(rule, Keeper::former, task -> task.checks(copies()));
        for (TreeEntry file : rule.files()) {
          keeper.check(check, file, Kind.STALE, Kind.KEPT);
        }
      }
    }
    for (Path relative : diverted) {
      boolean isThere =
          Files.exists(ORIGINALS.resolve(relative))
              && (Diversions.ARE_KNOWN || Files.exists(ROOT.resolve(relative)));
      if (!isThere) {
        keeper.found(relative, Kind.NOT_INSTALLED);
      }
    }
    return keeper.findings;
  }

  private void check(FileWork<PatchResult> check, TreeEntry file, Kind done, Kind already) {
    try {
      FileResult<PatchResult> result = check.run(FoundFiles.of(file), Messages.NONE);
      if (result.status() != FileResult.Status.SKIPPED) {
        boolean isDone =
            result.status() == FileResult.Status.DONE
                || (already == Kind.KEPT && isChanged(file.relative()));
        found(file.relative(), isDone ? done : already);
      }
    } catch (IOException | RuntimeException e) {
      refused(file.relative(), already == Kind.KEPT ? Kind.STALE : Kind.REFUSED, e);
    }
  }

  /** Whether a copy, which has the right patch, is of another program than the original. */
  private static boolean isChanged(Path relative) throws IOException {
    try {
      return !originalOf(ROOT.resolve(relative)).equals(originalOf(ORIGINALS.resolve(relative)));
    } catch (RuntimeException damaged) {
      return true;
    }
  }

  /** Gives every program back. */
  public static List<Finding> disable() throws IOException {
    return locked(
        () -> {
          delete(WORK, WORK.relativize(STATE));
          Keeper keeper = new Keeper(Messages.NONE);
          keeper.settle();
          for (Path relative : keeper.diversions.all()) {
            keeper.giveBack(relative);
          }
          if (isEnabled()) {
            try (Directory parent = Directory.open(ORIGINALS.getParent())) {
              parent.deleteTree(ORIGINALS.getFileName().toString().getBytes(UTF_8));
            }
          }
          return keeper.findings;
        });
  }

  /** The libraries and programs of policies that are other ones now; says which. */
  public static boolean warnOfOtherFiles(Messages messages) throws IOException {
    Keeper keeper = new Keeper(messages);
    keeper.readManifests();
    keeper.find(keeper.diversions.all(), false);
    return keeper.warnOfOtherFiles();
  }

  /** The processes that run a kept program, or its libraries, from files that were replaced. */
  public static List<FormerProcess> formerProcesses() throws IOException {
    return FormerProcess.all(new Diversions(ORIGINALS).all());
  }

  private static void requireRoot() throws IOException {
    if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
      throw new FileSystemException(ORIGINALS.toString(), null, "only root can keep programs");
    }
  }

  private void found(Path relative, Kind kind) {
    findings.add(new Finding(ROOT.resolve(relative), kind, Optional.empty()));
  }

  private void refused(Path relative, Kind kind, Exception reason) {
    findings.add(new Finding(ROOT.resolve(relative), kind, Optional.of(reason)));
  }

  private void readManifests() throws IOException {
    if (!Files.isDirectory(MANIFESTS)) {
      return;
    }
    Set<Path> files = new TreeSet<>();
    try (var all = Files.newDirectoryStream(MANIFESTS, "*.yaml")) {
      all.forEach(files::add);
    }
    for (Path file : files) {
      Manifest manifest = ManifestReader.read(file);
      if (manifest.root().isPresent() && !Path.of(manifest.root().get().text()).equals(ROOT)) {
        throw new PolicyException(
            manifest.root().get().position(), "kept programs are those of /; remove \"root\"");
      }
      ManifestRules kept = new ManifestRules(manifest);
      for (Manifest.Rule rule : manifest.rules()) {
        for (Manifest.Text text : rule.files()) {
          if (Glob.of(text.text()).start().toString().isEmpty()) {
            throw new PolicyException(
                text.position(), "begin the pattern with a directory, such as usr/bin/");
          }
        }
      }
      sources.add(new Source(file, manifest, kept, new ManifestRules(manifest)));
    }
  }

  /**
   * Finds the programs of each manifest. One that several manifests name is that of the first.
   *
   * @param isComplete whether each entry must match a program
   */
  private void find(Set<Path> diverted, boolean isComplete) throws IOException {
    Set<Path> taken = new HashSet<>();
    for (Source source : sources) {
      List<Glob> globs = source.kept().globs();
      List<TreeEntry> kept = new ArrayList<>();
      for (TreeEntry entry : list(ORIGINALS, globs)) {
        boolean isThere = Diversions.ARE_KNOWN || Files.exists(ROOT.resolve(entry.relative()));
        if (isThere && diverted.contains(entry.relative()) && taken.add(entry.relative())) {
          kept.add(entry);
        }
      }
      source.kept().assign(kept);
      List<TreeEntry> others = new ArrayList<>();
      for (TreeEntry entry : list(ROOT, globs)) {
        boolean isNew = !diverted.contains(entry.relative()) && taken.add(entry.relative());
        if (isNew) {
          others.add(entry);
        }
      }
      source.others().assign(others);
      if (isComplete) {
        ManifestRules all = new ManifestRules(source.manifest());
        all.assign(kept);
        all.assign(others);
        all.requireUse(ROOT);
      }
    }
  }

  private static List<TreeEntry> list(Path root, List<Glob> globs) throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    Optional<Path> without = root.equals(ROOT) ? Optional.of(ORIGINALS) : Optional.empty();
    List<TreeEntry> entries =
        FileTree.list(List.of(root), new FileTree.Choice(globs, List.of(), without)).entries();
    for (TreeEntry entry : entries) {
      if (entry.unreadable().isPresent()) {
        throw entry.unreadable().get();
      }
    }
    return entries;
  }

  private static Destination copies() {
    return Destination.directory(ROOT).keepingResults();
  }

  /** Warnings of policies are left out: {@code policy check} and {@code apply} tell them. */
  private static FileWork<PatchResult> work(
      ManifestRule rule, ManifestRule.PolicyOf policies, ManifestRule.Preparation preparation)
      throws IOException {
    return rule.work(
        policies, task -> preparation.of(task.replaceExisting().policyWarnings(warning -> {})));
  }

  private FileWork<PatchResult> checksOfNew(ManifestRule rule) throws IOException {
    return work(
        rule,
        this::derivedNow,
        task -> task.checks(Destination.each(file -> ORIGINALS.resolve(file.relative()))));
  }

  /** Where the policy of a program is that was derived from it. */
  private static Path derivedFile(Path relative) {
    return DERIVED.resolve(relative + ".yaml");
  }

  /** The policy under which a program was patched. */
  private static Policy former(ManifestRule rule, FoundFile file) throws IOException {
    Path policy = derivedFile(file.relative());
    if (Files.notExists(policy)) {
      throw new FileSystemException(
          policy.toString(), null, "is missing; run hardwire keep refresh");
    }
    return YamlPolicyReader.read(policy);
  }

  /** Derives a policy from a program that is to be patched. */
  private Policy derivedNow(ManifestRule rule, FoundFile file) throws IOException {
    DerivedPolicy now = derived.get(file.relative());
    if (now == null) {
      Path program = ROOT.resolve(file.relative());
      now = policies.of(rule.rule(), program, file.file(), SystemRoot.HOST);
      derived.put(file.relative(), now);
    }
    return now.policy();
  }

  /** The former policy, or another one if it was derived from other files. */
  private Policy current(ManifestRule rule, FoundFile file) throws IOException {
    Path policy = derivedFile(file.relative());
    boolean isCurrent =
        Files.exists(policy) && DerivedPolicies.isCurrent(rule.rule(), policy, file.file());
    return isCurrent ? former(rule, file) : derivedNow(rule, file);
  }

  /** Keeps the policy under which a program was patched, if it is another one than before. */
  private void keepDerived(ManifestRule rule, Path relative) throws IOException {
    DerivedPolicy now = derived.get(relative);
    if (now == null) {
      return;
    }
    Path policy = derivedFile(relative);
    if (Files.exists(policy)) {
      Set<String> gained = DerivedPolicies.gained(YamlPolicyReader.read(policy), now.policy());
      if (!gained.isEmpty()) {
        messages.warn(
            ROOT.resolve(relative),
            "its policy was derived again, and allows calls that it did not allow before: "
                + String.join(", ", gained));
      }
    }
    Directory.make(policy.getParent());
    AtomicFile.write(policy, DerivedPolicies.text(rule.rule(), now));
  }

  /**
   * Puts files that packages have written over copies below {@link #ORIGINALS}, and forgets
   * programs whose packages were removed. With diversions there are none.
   */
  private void settle() throws IOException {
    for (Path relative : Diversions.ARE_KNOWN ? Set.<Path>of() : diversions.all()) {
      Path program = ROOT.resolve(relative);
      if (Files.notExists(program, LinkOption.NOFOLLOW_LINKS)) {
        forget(relative);
        found(relative, Kind.REMOVED);
      } else if (Files.isRegularFile(program, LinkOption.NOFOLLOW_LINKS)) {
        try {
          settle(relative);
        } catch (RuntimeException changed) { // the others go on
          refused(relative, Kind.STALE, changed);
        }
      }
    }
  }

  private void settle(Path relative) throws IOException {
    Path program = ROOT.resolve(relative);
    Path former = FORMER.resolve(relative);
    String now = originalOf(program);
    boolean isKnown =
        now.isEmpty()
            || now.equals(originalOf(ORIGINALS.resolve(relative)))
            || (isOurs(program) && Files.exists(former) && now.equals(originalOf(former)));
    if (!isKnown) {
      if (Files.notExists(former)) {
        Directory.makePrivate(FORMER);
        copy(ORIGINALS, FORMER, relative);
      }
      copy(ROOT, ORIGINALS, relative);
    }
  }

  /** The SHA-256 of a file without patches; empty for one that does not start its program. */
  private static String originalOf(Path program) throws IOException {
    try (ProgramFile file = ProgramFile.open(program)) {
      if (isStop(file)) {
        return "";
      }
      Bytes content = file.content();
      return (file.isDamaged() ? content : OriginalBytes.beforeAll(content)).sha256().hex();
    }
  }

  private List<Finding> refreshed() throws IOException {
    readManifests();
    delete(WORK, WORK.relativize(STATE));
    settle();
    List<Finding> removed = List.copyOf(findings);
    findings.clear();
    Set<Path> diverted = diversions.all();
    find(diverted, false);
    for (Source source : sources) {
      for (ManifestRule rule : source.others().all()) {
        if (!rule.rule().leave() && !rule.files().isEmpty()) {
          divert(rule);
        }
      }
    }
    List<Finding> refusals = List.copyOf(findings);
    findings.clear();
    sources.clear();
    readManifests(); // the entries do not have the new ones yet
    diverted = diversions.all();
    find(diverted, false);
    Set<Path> done = new HashSet<>();
    for (Source source : sources) {
      for (ManifestRule rule : source.kept().all()) {
        if (!rule.rule().leave() && !rule.files().isEmpty()) {
          make(rule);
          for (TreeEntry file : rule.files()) {
            done.add(file.relative());
            file.otherNames().forEach(other -> done.add(other.relative()));
          }
        }
      }
    }
    for (Path relative : diverted) {
      if (!done.contains(relative)) {
        leave(relative);
      }
    }
    findings.addAll(refusals);
    findings.addAll(removed);
    warnOfOtherFiles();
    if (findings.stream().allMatch(one -> one.failure().isEmpty())) {
      state().write(STATE);
    }
    return findings;
  }

  private void divert(ManifestRule rule) throws IOException {
    FileWork<PatchResult> check = checksOfNew(rule);
    for (TreeEntry file : rule.files()) {
      try {
        if (check.run(FoundFiles.of(file), Messages.NONE).status() != FileResult.Status.SKIPPED) {
          divert(file.relative());
          for (TreeEntry other : file.otherNames()) {
            divert(other.relative());
          }
        }
      } catch (IOException | RuntimeException e) {
        refused(file.relative(), Kind.REFUSED, e);
      }
    }
  }

  private void divert(Path relative) throws IOException {
    if (relative.toString().indexOf('\n') >= 0) {
      String program = ROOT.resolve(relative).toString();
      throw new FileSystemException(program, null, "its name has a line end");
    }
    copy(ROOT, ORIGINALS, relative); // no hard link: what writes the copy would change both
    try {
      diversions.add(relative);
    } catch (IOException e) {
      delete(ORIGINALS, relative); // another package has diverted it, perhaps
      throw e;
    }
  }

  /** Copies a file from one tree to another, with its time and attributes. */
  private static void copy(Path from, Path to, Path relative) throws IOException {
    try (InputFile file = InputFile.openBelow(from, relative)) {
      AtomicFile.copy(file, TargetName.below(to, relative));
    }
  }

  /** Deletes a file of a tree, if it exists. */
  private static void delete(Path root, Path relative) throws IOException {
    try {
      Directory.Entry place = TreePath.find(root, relative);
      try (Directory directory = place.directory()) {
        directory.delete(place.name());
      }
    } catch (NoSuchFileException e) {
      // one of its directories does not exist either
    }
  }

  /** Makes the copies of an entry's programs. */
  private void make(ManifestRule rule) throws IOException {
    FileWork<PatchResult> work = work(rule, this::current, task -> task.each(copies()));
    for (TreeEntry file : rule.files()) {
      Path relative = file.relative();
      try {
        FileResult<PatchResult> result = work.run(FoundFiles.of(file), messages);
        if (result.status() != FileResult.Status.SKIPPED) {
          keepDerived(rule, relative);
        }
        switch (result.status()) {
          case ALREADY -> mend(rule, file);
          case SKIPPED -> giveBack(relative);
          case DONE -> {
            delete(FORMER, relative);
            made(relative);
          }
        }
      } catch (HardwireException | PolicyException | DeriveException e) {
        refuse(rule.rule().onRefusal(), relative, e);
      } catch (IOException | RuntimeException e) {
        refused(relative, Kind.OLD, e);
      }
    }
  }

  /**
   * Makes a copy again that has the right patch, and was changed elsewhere, or is that of a former
   * original, which a run that failed has left.
   */
  private void mend(ManifestRule rule, TreeEntry file) throws IOException {
    Path relative = file.relative();
    boolean mayDiffer = Diversions.ARE_KNOWN || Files.exists(FORMER.resolve(relative));
    boolean isOther = mayDiffer && isChanged(relative);
    if (isOther) {
      work(rule, this::current, task -> task.each(Destination.directory(ROOT)))
          .run(FoundFiles.of(file), messages);
    }
    delete(FORMER, relative);
    if (isOther) {
      made(relative);
    } else {
      found(relative, Kind.KEPT);
    }
  }

  private void made(Path relative) throws IOException {
    // Of the two clocks, that of the contents is coarse: the original must not be newer.
    try (Descriptor made = TargetName.below(ROOT, relative).open()) {
      made.changeModified(ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now()));
    }
    found(relative, Kind.MADE);
  }

  /** Does what the manifest says of an original that cannot be patched. */
  private void refuse(Manifest.OnRefusal answer, Path relative, RuntimeException reason)
      throws IOException {
    switch (answer) {
      case OLD -> {
        if (Files.exists(FORMER.resolve(relative))) {
          makeFormer(relative);
        }
        refused(relative, Kind.OLD, reason);
      }
      case STOP -> {
        Bytes script = Bytes.wrap(stop(ROOT.resolve(relative)));
        AtomicFile.writeExecutable(TargetName.below(ROOT, relative), script);
        refused(relative, Kind.STOPPED, reason);
      }
      case UNCONFINED -> {
        giveBack(relative);
        findings.remove(findings.size() - 1);
        refused(relative, Kind.UNCONFINED, reason);
      }
    }
  }

  /** Makes the copy of a former original again, over which a package has written. */
  private void makeFormer(Path relative) throws IOException {
    for (Source source : sources) {
      for (ManifestRule rule : source.kept().all()) {
        if (rule.files().stream().anyMatch(file -> file.relative().equals(relative))) {
          FoundFile former =
              FoundFiles.of(
                  new TreeEntry(
                      FORMER.resolve(relative), relative, false, List.of(), Optional.empty()));
          work(rule, Keeper::former, task -> task.each(copies())).run(former, Messages.NONE);
        }
      }
    }
  }

  private static byte[] stop(Path program) {
    return (STOP
            + "echo 'hardwire: stopped: the version of this program that is installed could not be"
            + " hard-wired; see hardwire keep status' >&2\nexit 126\n# "
            + program
            + "\n")
        .getBytes(UTF_8);
  }

  private static final String STOP = "#!/bin/sh\n# hardwire keep: stopped\n";

  /** A diverted file for which there is no work: its package, or its entry, has gone. */
  private void leave(Path relative) throws IOException {
    boolean isNamed =
        sources.stream()
            .flatMap(source -> source.manifest().rules().stream())
            .filter(rule -> !rule.leave())
            .flatMap(rule -> rule.files().stream())
            .anyMatch(text -> Glob.of(text.text()).matches(relative));
    if (Files.exists(ORIGINALS.resolve(relative)) || !isNamed) {
      giveBack(relative);
    } else {
      found(relative, deleteCopy(relative) ? Kind.REMOVED : Kind.NOT_INSTALLED);
    }
  }

  /** Ends a diversion, with the original in its place, or nothing if the package was removed. */
  private void giveBack(Path relative) throws IOException {
    if (Files.exists(ORIGINALS.resolve(relative))) {
      copy(ORIGINALS, ROOT, relative);
    } else {
      deleteCopy(relative);
    }
    diversions.remove(relative);
    forget(relative);
    found(relative, Kind.GIVEN_BACK);
  }

  /** Deletes what is known of a program. */
  private static void forget(Path relative) throws IOException {
    delete(ORIGINALS, relative);
    delete(FORMER, relative);
    delete(WORK, WORK.relativize(derivedFile(relative)));
  }

  /** Deletes what was put at the path of a program; other files are not touched. */
  private static boolean deleteCopy(Path relative) throws IOException {
    Path program = ROOT.resolve(relative);
    if (!Files.isRegularFile(program, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    boolean isOurs = isOurs(program);
    if (isOurs) {
      delete(ROOT, relative);
    }
    return isOurs;
  }

  /** Whether a file is a copy, or stands for a program that does not start. */
  private static boolean isOurs(Path program) throws IOException {
    try (ProgramFile file = ProgramFile.open(program)) {
      return isStop(file) || (!file.isDamaged() && file.isPatched());
    }
  }

  /** Whether a file stands for a program that does not start. */
  private static boolean isStop(ProgramFile file) {
    Bytes content = file.content();
    byte[] start = content.slice(0, Math.min(STOP.length(), content.size())).toArray();
    return new String(start, UTF_8).equals(STOP);
  }

  private boolean warnOfOtherFiles() throws IOException {
    boolean found = false;
    for (Path policy : derivedPolicies()) {
      for (String difference : NamedFiles.differencesInTree(policy, SystemRoot.HOST)) {
        messages.warn(policy, difference);
        found = true;
      }
    }
    return found;
  }

  /** Those that manifests name, and those that were derived from kept programs. */
  private Set<Path> derivedPolicies() {
    Set<Path> found = givenPolicies();
    for (Source source : sources) {
      for (ManifestRule rule : source.kept().all()) {
        for (TreeEntry file : rule.files()) {
          Path policy = derivedFile(file.relative());
          if (rule.rule().derive().isPresent() && Files.exists(policy)) {
            found.add(policy);
          }
        }
      }
    }
    return found;
  }

  private Set<Path> givenPolicies() {
    Set<Path> found = new TreeSet<>();
    for (Source source : sources) {
      for (Manifest.Rule rule : source.manifest().rules()) {
        for (Manifest.Setting setting : rule.settings()) {
          if (setting.option().equals("policy")) {
            found.add(Path.of(setting.value()));
          }
        }
      }
    }
    return found;
  }

  /** Everything that decides what {@link #refresh} does. */
  private KeepState state() throws IOException {
    KeepState state = new KeepState();
    state.add(MANIFESTS);
    if (Diversions.ARE_KNOWN) {
      state.add(Path.of("/var/lib/dpkg/diversions"));
    }
    CacheFolder.program().ifPresent(state::add);
    for (Source source : sources) {
      state.add(source.file());
      for (Glob glob : source.kept().globs()) {
        if (!glob.isPath()) {
          addDirectories(state, ROOT.resolve(glob.start()));
        } else {
          state.add(ROOT.resolve(glob.start()));
        }
      }
      for (Manifest.Rule rule : source.manifest().rules()) {
        for (Manifest.Setting setting : rule.signing()) {
          if (setting.value().startsWith("/")) {
            state.add(Path.of(setting.value()));
          }
        }
      }
    }
    for (Path policy : givenPolicies()) {
      state.addFolderOf(policy); // with files that it includes
    }
    for (Path policy : derivedPolicies()) {
      state.add(policy);
      NamedFiles.paths(policy).forEach(state::add);
    }
    for (Path relative : diversions.all()) {
      state.add(ROOT.resolve(relative));
      state.add(ORIGINALS.resolve(relative));
    }
    return state;
  }

  private static void addDirectories(KeepState state, Path start) throws IOException {
    state.add(start);
    if (!Files.isDirectory(start)) {
      return;
    }
    Files.walkFileTree(
        start,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            if (directory.equals(ORIGINALS)) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            state.add(directory);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** What is done while no other process does it. */
  private interface Work {
    List<Finding> run() throws IOException;
  }

  private static Descriptor openLock(Path path) throws IOException {
    byte[] name = Directory.name(path);
    try (Directory folder = Directory.openTrusted(path.getParent())) {
      if (folder.status(name).isEmpty()) {
        folder.create(name, PRIVATE).close();
      }
    } catch (FileAlreadyExistsException e) {
      // another process has made it just now
    }
    return Descriptor.open(path);
  }

  private static List<Finding> locked(Work work) throws IOException {
    requireRoot();
    Directory.make(WORK);
    Path path = WORK.resolve("lock");
    try (Descriptor file = openLock(path)) {
      long end = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
      while (!file.lock()) {
        if (System.nanoTime() > end) {
          throw new FileSystemException(
              path.toString(), null, "another hardwire keep has been at work for a minute");
        }
        LockSupport.parkNanos(20_000_000);
      }
      return work.run();
    }
  }
}
