package dev.hardwire.why.core;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.why.code.Frame;
import dev.hardwire.why.code.StackWalk;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Finds the instruction that made a call whose address is known, but not where its file was. The
 * kernel maps files by pages, so the address within the page stays. Of the places in a program and
 * its libraries where a call is made at this offset there is mostly one, or one that has the
 * number.
 */
final class CallPlaces {
  private static final int PAGE = 0x1000;

  /** syscall, as the kernel's record has the address behind it. */
  private static final int SYSCALL = 0x050f;

  private static final int LENGTH = 2;

  /** mov $number, %eax, and how far before the call it is looked for. */
  private static final int MOVE = 0xb8;

  private static final int MOST_BEFORE = 32;

  private final long address;
  private final long number;
  private final List<Frame> all = new ArrayList<>();
  private final List<Frame> numbered = new ArrayList<>();

  private CallPlaces(long address, long number) {
    this.address = address;
    this.number = number;
  }

  /**
   * The place.
   *
   * @param address behind the call, in memory
   * @param number of the call
   * @param paths of the program and its libraries
   * @param files the contents of a file by its path, if it can be read
   * @return empty if there is none, or more than one
   */
  static Optional<Frame> find(
      long address, long number, List<String> paths, Function<String, Optional<Bytes>> files) {
    CallPlaces places = new CallPlaces(address, number);
    for (String path : paths) {
      try {
        files.apply(path).map(ElfFile::parse).ifPresent(elf -> places.search(elf, path));
      } catch (ElfFormatException | BytesException unreadable) {
        return Optional.empty(); // it may be there
      }
    }
    List<Frame> found = places.numbered.isEmpty() ? places.all : places.numbered;
    return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
  }

  private void search(ElfFile elf, String path) {
    if (elf.machine() != Target.X86_64) {
      return;
    }
    Bytes bytes = elf.bytes();
    for (ProgramHeader load : elf.loads()) {
      if ((load.flags() & ProgramHeader.PF_X) == 0) {
        continue;
      }
      long first = load.vaddr() + Math.floorMod(address - LENGTH - load.vaddr(), PAGE);
      for (long at = first; at + LENGTH <= load.vaddr() + load.filesz(); at += PAGE) {
        long offset = at - load.vaddr() + load.offset();
        if (bytes.u16(offset) == SYSCALL && !hasOtherNumber(bytes, offset, load.offset())) {
          Frame found =
              StackWalk.place(new LoggedCalls.FixedMemory(elf, path), Long.BYTES, at + LENGTH);
          Frame moved = new Frame(address, found.module(), found.function(), found.offset());
          all.add(moved);
          if (hasNumber(bytes, offset, load.offset())) {
            numbered.add(moved);
          }
        }
      }
    }
  }

  /** Whether the instruction before a call loads the number of another one. */
  private boolean hasOtherNumber(Bytes bytes, long call, long from) {
    long at = call - 5;
    return at >= from && bytes.u8(at) == MOVE && bytes.u32(at + 1) != number;
  }

  private boolean hasNumber(Bytes bytes, long call, long from) {
    for (long at = call - 5; at >= Math.max(from, call - MOST_BEFORE); at--) {
      if (bytes.u8(at) == MOVE && bytes.u32(at + 1) == number) {
        return true;
      }
    }
    return false;
  }
}
