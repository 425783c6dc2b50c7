package dev.hardwire.elf;

import dev.hardwire.bytes.Bytes;

/**
 * A note (gABI, Note Section).
 *
 * @param fileOffset where the note starts in the file, in bytes
 * @param owner its name without the NUL byte
 * @param type n_type
 * @param descOffset where its descriptor starts in the file, in bytes
 * @param desc the descriptor, in the file's byte order
 */
public record Note(long fileOffset, String owner, long type, long descOffset, Bytes desc) {}
