package dev.hardwire.verify;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What files must meet beside policies: the one record that commands, the library and the verifier
 * share. What the files that it names hold is in {@link Expectations}. Immutable: each {@code with}
 * method returns new settings.
 *
 * @param original the file that must have been patched
 * @param signatures the signatures that they must have
 * @param libraries files of libraries; if there are any, programs may need no others
 * @param libraryRequired whether a library that cannot be found is an error
 * @param interpreters paths of dynamic linkers to accept beside those of glibc and musl
 * @param accepted what is accepted beyond what is proven
 * @param hooks the names of those that may install policies; empty for all
 */
public record VerifySettings(
    Optional<Path> original,
    Signatures signatures,
    List<Library> libraries,
    boolean libraryRequired,
    Set<String> interpreters,
    Set<Acceptance> accepted,
    Set<String> hooks) {
  /** Nothing: files speak for themselves. */
  public static final VerifySettings NONE =
      new VerifySettings(
          Optional.empty(), Signatures.NONE, List.of(), false, Set.of(), Set.of(), Set.of());

  /**
   * The signatures that files must have, with the files that say so. Immutable: each {@code with}
   * method returns new settings, which do not ignore signatures.
   *
   * @param trust certificates that are trusted, PEM; without them, signed files fail
   * @param revocationLists lists for every certificate below the trusted ones; empty for no check
   * @param detached a file with signatures; CMS in DER
   * @param signers names or digests of certificates, each of which must have signed
   * @param minimum how many signers there must be
   * @param unsignedAllowed whether files without signatures pass although there is trust
   * @param ignored whether signatures are not looked at
   */
  public record Signatures(
      List<Path> trust,
      List<Path> revocationLists,
      Optional<Path> detached,
      List<String> signers,
      int minimum,
      boolean unsignedAllowed,
      boolean ignored) {
    /** Nothing is trusted: files without signatures pass, others fail. */
    public static final Signatures NONE =
        new Signatures(List.of(), List.of(), Optional.empty(), List.of(), 0, false, false);

    /** Files pass with and without signatures, whatever these are. */
    public static final Signatures IGNORED =
        new Signatures(List.of(), List.of(), Optional.empty(), List.of(), 0, false, true);

    public Signatures {
      trust = List.copyOf(trust);
      revocationLists = List.copyOf(revocationLists);
      signers = List.copyOf(signers);
    }

    /** The same with other trusted certificates. */
    public Signatures withTrust(List<Path> files) {
      return new Signatures(
          files, revocationLists, detached, signers, minimum, unsignedAllowed, false);
    }

    /** The same with other revocation lists. */
    public Signatures withRevocationLists(List<Path> files) {
      return new Signatures(trust, files, detached, signers, minimum, unsignedAllowed, false);
    }

    /** The same with a file of signatures. */
    public Signatures withDetached(Path file) {
      return new Signatures(
          trust, revocationLists, Optional.of(file), signers, minimum, unsignedAllowed, false);
    }

    /** The same with other signers. */
    public Signatures withSigners(List<String> required) {
      return new Signatures(
          trust, revocationLists, detached, required, minimum, unsignedAllowed, false);
    }

    /** The same with another number of signers. */
    public Signatures withMinimum(int number) {
      return new Signatures(
          trust, revocationLists, detached, signers, number, unsignedAllowed, false);
    }

    /** The same, passing files without signatures. */
    public Signatures withUnsignedAllowed() {
      return new Signatures(trust, revocationLists, detached, signers, minimum, true, false);
    }

    /** Whether more is required of signatures than that they are valid and trusted. */
    public boolean demandSignatures() {
      return !signers.isEmpty() || minimum > 0 || detached.isPresent();
    }

    /**
     * Throws if the settings contradict each other.
     *
     * @throws IllegalStateException saying how
     */
    public void check() {
      if (trust.isEmpty() && (demandSignatures() || !revocationLists.isEmpty())) {
        throw new IllegalStateException("signatures need trusted certificates");
      }
      if (unsignedAllowed && demandSignatures()) {
        throw new IllegalStateException("signatures are required, so unsigned files cannot pass");
      }
    }
  }

  /**
   * A library that the user gives.
   *
   * @param names by which programs may need it; if empty, its absolute path and its file name
   */
  public record Library(Path file, List<String> names) {
    public Library {
      names = List.copyOf(names);
    }
  }

  public VerifySettings {
    libraries = List.copyOf(libraries);
    interpreters = Set.copyOf(interpreters);
    accepted = Set.copyOf(accepted);
    hooks = Set.copyOf(hooks);
  }

  /** The same with another original. */
  public VerifySettings withOriginal(Path file) {
    return new VerifySettings(
        Optional.of(file), signatures, libraries, libraryRequired, interpreters, accepted, hooks);
  }

  /** The same with other signatures. */
  public VerifySettings with(Signatures required) {
    return new VerifySettings(
        original, required, libraries, libraryRequired, interpreters, accepted, hooks);
  }

  /** The same with one more library. */
  public VerifySettings with(Library library) {
    List<Library> all = new ArrayList<>(libraries);
    all.add(library);
    return new VerifySettings(
        original, signatures, all, libraryRequired, interpreters, accepted, hooks);
  }

  /** The same, failing where a library cannot be found. */
  public VerifySettings withLibraryRequired() {
    return new VerifySettings(original, signatures, libraries, true, interpreters, accepted, hooks);
  }

  /** The same, accepting these dynamic linkers too. */
  public VerifySettings withInterpreters(Set<String> paths) {
    return new VerifySettings(
        original, signatures, libraries, libraryRequired, paths, accepted, hooks);
  }

  /** The same, accepting this too. */
  public VerifySettings accepting(Acceptance... more) {
    Set<Acceptance> all = EnumSet.noneOf(Acceptance.class);
    all.addAll(accepted);
    all.addAll(List.of(more));
    return new VerifySettings(
        original, signatures, libraries, libraryRequired, interpreters, all, hooks);
  }

  /** The same with other hooks. */
  public VerifySettings withHooks(Set<String> names) {
    return new VerifySettings(
        original, signatures, libraries, libraryRequired, interpreters, accepted, names);
  }
}
