package dev.hardwire.verify;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.library.LibraryReader;
import dev.hardwire.library.SandboxLibrary;
import dev.hardwire.policy.PolicyException;
import java.util.Optional;
import java.util.function.Function;

/** Whether the library that a program was made to need is one that runs the program's policy. */
public final class LibraryChecks {
  private final Function<String, LibraryFile> libraries;

  /**
   * @param libraries what is known about a library of some name
   */
  LibraryChecks(Function<String, LibraryFile> libraries) {
    this.libraries = libraries;
  }

  /** Adds a check unless nothing is known about the library; empty if the name cannot be read. */
  Optional<LibrarySummary> check(ElfFile program, CheckList list) {
    String name;
    try {
      name = NeededChecks.library(program);
    } catch (CheckList.Failed e) {
      list.check("library", () -> CheckList.fail(e.getMessage()));
      return Optional.empty();
    }
    LibraryFile known = libraries.apply(name);
    if (known instanceof LibraryFile.Unknown unknown) {
      return Optional.of(new LibrarySummary(name, Optional.empty(), false, unknown.reason()));
    }
    if (known instanceof LibraryFile.Wrong wrong) {
      list.check("library", () -> CheckList.fail(wrong.reason()));
      return Optional.of(new LibrarySummary(name, Optional.empty(), false, wrong.reason()));
    }
    LibraryFile.Found found = (LibraryFile.Found) known;
    boolean proven = list.check("library", () -> prove(found, program.machine()));
    String reason = proven ? "" : list.checks().get(list.checks().size() - 1).detail();
    return Optional.of(new LibrarySummary(name, Optional.of(found.file()), proven, reason));
  }

  /** Why a library does not run the policy of a program for a machine; empty if it does. */
  public static Optional<String> fault(LibraryFile.Found found, Target machine) {
    try {
      prove(found, machine);
      return Optional.empty();
    } catch (CheckList.Failed e) {
      return Optional.of(e.getMessage());
    }
  }

  private static String prove(LibraryFile.Found found, Target machine) {
    Bytes content = found.content();
    SandboxLibrary library;
    try {
      library = LibraryReader.read(content);
    } catch (ElfFormatException | PolicyException | BytesException e) {
      return CheckList.fail(
          "%s is not a library that Hardwire writes: %s".formatted(found.file(), e.getMessage()));
    }
    CheckList.require(
        library.machine() == machine,
        "%s is for %s and the program for %s"
            .formatted(found.file(), library.machine().id(), machine.id()));
    CheckList.require(
        library.policy().isEmpty(),
        found.file() + " has a policy built in, which it runs instead of the program's");
    return "%s is byte for byte what Hardwire writes, SHA-256 %s"
        .formatted(found.file(), content.sha256().hex());
  }
}
