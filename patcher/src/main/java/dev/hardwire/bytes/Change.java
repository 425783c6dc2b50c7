package dev.hardwire.bytes;

/**
 * Replacement bytes.
 *
 * @param offset of the first replaced byte
 */
public record Change(long offset, Bytes bytes) {}
