package dev.hardwire.report.model;

import java.util.Optional;

/**
 * One patch of a program.
 *
 * @param hook where the policy is installed: {@code init}, {@code post-init}, {@code entry}, or
 *     {@code needed} if a library installs it
 * @param library that library, as the program names it
 * @param target virtual address of the code that runs after the setup; 0 with a library
 * @param release the version of Hardwire that made the patch
 * @param blobAddress virtual address of the added segment
 * @param blobOffset its file offset in bytes
 * @param blobSize bytes
 * @param originalSize bytes
 * @param originalSha256 in hexadecimal digits
 * @param before the layout of the file before the patch; empty if it was changed since
 * @param after the layout of the patched file
 */
public record PatchView(
    String hook,
    Optional<String> library,
    long target,
    String release,
    long blobAddress,
    long blobOffset,
    long blobSize,
    long originalSize,
    String originalSha256,
    Optional<FileShape> before,
    FileShape after) {}
