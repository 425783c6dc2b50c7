package dev.hardwire.elf;

/**
 * An entry of the dynamic section (gABI, Dynamic Section).
 *
 * @param fileOffset where the entry stands in the file, in bytes
 * @param tag d_tag, see {@link DynamicTag}
 * @param value d_val or d_ptr
 */
public record DynamicEntry(long fileOffset, long tag, long value) {}
