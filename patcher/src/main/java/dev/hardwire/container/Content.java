package dev.hardwire.container;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Content of a file of an image, which may have several names.
 *
 * @param entry the name of the entry that has it
 * @param layer the layer that has it, counted from 0, the lowest
 * @param position which entry of its layer has it, counted from 0
 * @param copy of an executable; empty for other files
 */
public record Content(String entry, int layer, int position, Optional<Path> copy) {}
