package dev.hardwire.verify;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.stub.library.LibraryReader;
import dev.hardwire.stub.library.SandboxLibrary;
import dev.hardwire.verify.result.CheckFinding;
import dev.hardwire.verify.result.LibrarySummary;
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
    } catch (CheckList.Failed | ElfFormatException | BytesException e) {
      list.check("library", () -> CheckList.fail(e.getMessage()));
      return Optional.empty();
    }
    LibraryFile known = libraries.apply(name);
    if (known instanceof LibraryFile.Unknown unknown) {
      return Optional.of(new LibrarySummary(name, Optional.empty(), false, unknown.reason()));
    }
    if (known instanceof LibraryFile.Wrong wrong) {
      list.check("library", CheckFinding.UNMET, () -> CheckList.fail(wrong.reason()));
      return Optional.of(new LibrarySummary(name, Optional.empty(), false, wrong.reason()));
    }
    LibraryFile.Found found = (LibraryFile.Found) known;
    Optional<String> fault = fault(found, program.machine());
    list.check(
        "library",
        CheckFinding.UNMET,
        () -> fault.map(CheckList::fail).orElseGet(() -> proven(found)));
    return Optional.of(
        new LibrarySummary(name, Optional.of(found.file()), fault.isEmpty(), fault.orElse("")));
  }

  /** Why a library does not run the policy of a program for a machine; empty if it does. */
  public static Optional<String> fault(LibraryFile.Found found, Target machine) {
    SandboxLibrary library;
    try {
      library = LibraryReader.read(found.content());
    } catch (ElfFormatException | PolicyException | BytesException e) {
      return Optional.of(
          "%s is not a library that Hardwire writes: %s".formatted(found.file(), e.getMessage()));
    }
    if (library.machine() != machine) {
      return Optional.of(
          "%s is for %s and the program for %s"
              .formatted(found.file(), library.machine().id(), machine.id()));
    }
    return library.policy().isPresent()
        ? Optional.of(
            found.file() + " has a policy built in, which it runs instead of the program's")
        : Optional.empty();
  }

  private static String proven(LibraryFile.Found found) {
    return "%s is byte for byte what Hardwire writes, SHA-256 %s"
        .formatted(found.file(), found.content().sha256().hex());
  }
}
