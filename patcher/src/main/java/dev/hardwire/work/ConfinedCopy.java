package dev.hardwire.work;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicStrings;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.input.InputFile;
import dev.hardwire.input.SourceFile;
import dev.hardwire.output.Warnings;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.patch.PlannedPatch;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.HookChoice;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A patched copy of a program, to be executed at once in place of its file. It is made while it is
 * read, from the program's file, which stays open until the copy is closed.
 */
public final class ConfinedCopy implements Closeable {
  /** How much of a script's first line an error shows, in bytes. */
  private static final int LONGEST_LINE = 200;

  private static final int SET_ID_BITS = 06000;

  private final InputFile input;
  private final Bytes bytes;

  private ConfinedCopy(InputFile input, Bytes bytes) {
    this.input = input;
    this.bytes = bytes;
  }

  /** Patches an open program. */
  @FunctionalInterface
  private interface Patching {
    Bytes apply(Bytes program) throws IOException;
  }

  private static ConfinedCopy open(Path program, Patching patching) throws IOException {
    InputFile input = InputFile.open(program);
    try {
      requireNoScript(input.bytes());
      return new ConfinedCopy(input, patching.apply(input.bytes()));
    } catch (IOException | RuntimeException e) {
      input.close();
      throw e;
    }
  }

  /** The bytes of the copy; valid until {@link #close}. */
  public Bytes bytes() {
    return bytes;
  }

  /** The program, from which a copy with a name gets its attributes. */
  public SourceFile source() throws IOException {
    return input.source();
  }

  @Override
  public void close() throws IOException {
    input.close();
  }

  /**
   * The copy that runs under a policy; a policy that the program has already stays.
   *
   * @param interpreters paths of dynamic linkers to accept beside those of glibc and musl
   * @throws ElfFormatException if the program cannot run as a copy, or not on this machine
   */
  public static ConfinedCopy of(
      Path program,
      PolicySource policy,
      HookChoice hook,
      Set<String> interpreters,
      Warnings warnings)
      throws IOException {
    return open(
        program, content -> confined(program, content, policy, hook, interpreters, warnings));
  }

  private static Bytes confined(
      Path program,
      Bytes content,
      PolicySource policy,
      HookChoice hook,
      Set<String> interpreters,
      Warnings warnings)
      throws IOException {
    requireNoRights(program);
    ElfFile elf = ElfFile.parse(content);
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
                        interpreters,
                        false)));
    warnings.note(program, policy.described(pinned, elf.machine()));
    planned.plan().decisions().forEach(decision -> warnings.note(program, decision));
    return planned.apply();
  }

  /**
   * The copy that allows every call: a trace of it shows where a policy would be installed. A
   * policy that the program has is left out.
   */
  public static ConfinedCopy allowingAll(Path program, HookChoice hook) throws IOException {
    return open(program, content -> allowingAll(content, hook));
  }

  private static Bytes allowingAll(Bytes content, HookChoice hook) {
    ElfFile elf = ElfFile.parse(content);
    Host.check(elf);
    Optional<HardwireNotes> notes = HardwireNotes.last(elf);
    if (notes.isPresent()) {
      elf = ElfFile.parse(OriginalBytes.of(content, notes.get().record()));
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
                        NormalForm.interpreter(elf).map(Set::of).orElse(Set.of()),
                        false)))
        .apply();
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
          Refusal.PRIVILEGED, 0, "st_mode", "the program is setuid or setgid");
    }
  }

  private static void requireNoScript(Bytes input) {
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
          "it is a script for %s: run its interpreter with the script as an argument"
              .formatted(interpreter.isEmpty() ? "no interpreter" : interpreter));
    }
  }
}
