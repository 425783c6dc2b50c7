package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.patch.PatchedBytes;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.CallLists;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;

/** A patched fixture whose bytes a test changes. */
final class PatchedFile {
  static final Policy POLICY =
      CallLists.policy(Optional.empty(), Optional.of("uname,ptrace"), Action.KILL_PROCESS);

  private final byte[] bytes;
  final ElfFile elf;
  final HardwireNotes notes;
  final ProgramHeader blob;

  private PatchedFile(Bytes patched) {
    this.bytes = patched.toArray();
    this.elf = ElfFile.parse(patched);
    this.notes = HardwireNotes.last(elf).orElseThrow();
    this.blob =
        elf.loads().stream()
            .filter(
                p -> p.overlapsMemory(notes.setup().blobAddress(), notes.setup().blobAddress() + 1))
            .findFirst()
            .orElseThrow();
  }

  static Bytes original(String fixture) throws IOException {
    return Bytes.wrap(Files.readAllBytes(Fixtures.named(fixture).path()));
  }

  static PatchedFile of(String fixture, Hook hook) throws IOException {
    return of(original(fixture), hook, POLICY, false);
  }

  static PatchedFile of(Bytes original, Hook hook, Policy policy, boolean stack) {
    ElfFile elf = ElfFile.parse(original);
    PatchSettings settings = PatchSettings.DEFAULT.withHook(hook);
    PatchRequest request =
        PatchRequest.of(
                SetupCompiler.compile(elf.machine(), policy), YamlPolicyWriter.write(policy))
            .withPhases(SetupCompiler.phases(elf.machine(), policy))
            .with(stack ? settings.with(PatchSettings.Existing.STACK) : settings);
    return new PatchedFile(PatchedBytes.of(elf.bytes(), PatchPlanner.plan(elf, request)));
  }

  /** A program that needs a library. */
  static PatchedFile needing(String library, Bytes original, Policy policy) {
    ElfFile elf = ElfFile.parse(original);
    PatchRequest request =
        PatchRequest.of(
                SetupCompiler.compile(elf.machine(), policy), YamlPolicyWriter.write(policy))
            .with(PatchSettings.DEFAULT.withLibrary(library));
    return new PatchedFile(PatchedBytes.of(elf.bytes(), PatchPlanner.plan(elf, request)));
  }

  Bytes bytes() {
    return Bytes.copyOf(bytes);
  }

  int u8(long offset) {
    return bytes[(int) offset] & 0xff;
  }

  /** Turns one bit. */
  PatchedFile flip(long offset) {
    bytes[(int) offset] ^= 1;
    return this;
  }

  PatchedFile put(long offset, Bytes value) {
    System.arraycopy(value.toArray(), 0, bytes, (int) offset, (int) value.size());
    return this;
  }

  PatchedFile putWord(long offset, long value) {
    return put(offset, elf.header().word(value));
  }
}
