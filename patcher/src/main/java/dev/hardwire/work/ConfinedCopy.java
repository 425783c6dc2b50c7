package dev.hardwire.work;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicStrings;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.input.InputFile;
import dev.hardwire.output.Warnings;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.patch.PlannedPatch;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Patched copies of programs, to be executed at once in place of their files. */
public final class ConfinedCopy {
  /** How much of a script's first line an error shows, in bytes. */
  private static final int LONGEST_LINE = 200;

  private static final int SET_ID_BITS = 06000;

  private ConfinedCopy() {}

  /**
   * The copy that runs under a policy; a policy that the program has already stays.
   *
   * @param interpreters paths of dynamic linkers to accept beside those of glibc and musl
   * @throws ElfFormatException if the program cannot run as a copy, or not on this machine
   */
  public static Bytes of(
      Path program,
      PolicySource policy,
      Optional<Hook> hook,
      Set<String> interpreters,
      Warnings warnings)
      throws IOException {
    try (InputFile input = InputFile.open(program)) {
      requireNoScript(program, input.bytes());
      ConfinedCopy.requireNoRights(program);
      ElfFile elf = ElfFile.parse(input.bytes());
      Host.check(elf);
      if (DynamicStrings.of(elf).nameTheFolder()) {
        warnings.warn(
            program,
            "it looks for libraries beside its file ($ORIGIN), and the copy is elsewhere; "
                + Advice.READ_RUN_HELP);
      }
      Policy pinned = policy.pinned(elf.machine());
      SetupProgram setup =
          SetupCompiler.compile(elf.machine(), pinned, program.getFileName().toString());
      PlannedPatch planned =
          PlannedPatch.of(
              elf,
              PatchRequest.of(setup, YamlPolicyWriter.write(pinned))
                  .withPhases(SetupCompiler.phases(elf.machine(), pinned))
                  .with(
                      new PatchSettings(
                          hook,
                          Optional.empty(),
                          PatchSettings.Existing.STACK,
                          false,
                          interpreters)));
      warnings.note(program, policy.described(pinned, elf.machine()));
      planned.plan().decisions().forEach(decision -> warnings.note(program, decision));
      return planned.apply();
    }
  }

  /**
   * The copy that allows every call: a trace of it shows where a policy would be installed. A
   * policy that the program has is left out.
   *
   * @throws ElfFormatException if the program cannot be patched
   */
  public static Bytes allowingAll(Path program, Optional<Hook> hook) throws IOException {
    try (InputFile input = InputFile.open(program)) {
      requireNoScript(program, input.bytes());
      ElfFile elf = ElfFile.parse(input.bytes());
      Optional<HardwireNotes> notes = HardwireNotes.last(elf);
      if (notes.isPresent()) {
        elf = ElfFile.parse(OriginalBytes.of(input.bytes(), notes.get().record()));
      }
      Policy policy = Policy.of("learn", Action.ALLOW, List.of());
      SetupProgram setup = SetupCompiler.compile(elf.machine(), policy);
      return PlannedPatch.of(
              elf,
              PatchRequest.of(setup, YamlPolicyWriter.write(policy))
                  .with(
                      new PatchSettings(
                          hook,
                          Optional.empty(),
                          PatchSettings.Existing.REFUSE,
                          false,
                          NormalForm.interpreter(elf).map(Set::of).orElse(Set.of()))))
          .apply();
    }
  }

  /**
   * Checks that a program gets no rights from its file; an unnamed copy would run without them.
   *
   * @throws ElfFormatException if it is setuid or setgid
   */
  public static void requireNoRights(Path program) throws IOException {
    int mode = (int) Files.getAttribute(program, "unix:mode");
    if ((mode & SET_ID_BITS) != 0) {
      throw new ElfFormatException(
          Refusal.PRIVILEGED, 0, "st_mode", program + " is setuid or setgid");
    }
  }

  private static void requireNoScript(Path program, Bytes input) {
    if (input.size() >= 2 && input.u8(0) == '#' && input.u8(1) == '!') {
      String start =
          new String(
              input.slice(2, Math.min(LONGEST_LINE, input.size() - 2)).toArray(),
              StandardCharsets.ISO_8859_1);
      String interpreter = start.split("\\R", 2)[0].replaceAll("\\p{Cntrl}", " ").strip();
      throw new ElfFormatException(
          Refusal.NOT_ELF,
          0,
          "e_ident",
          "%s is a script for %s: run its interpreter with the script as an argument"
              .formatted(program, interpreter.isEmpty() ? "no interpreter" : interpreter));
    }
  }
}
