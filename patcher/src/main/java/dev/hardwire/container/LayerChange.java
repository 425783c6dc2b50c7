package dev.hardwire.container;

import dev.hardwire.container.archive.Compression;

/**
 * A layer of an image that is written anew.
 *
 * @param index which layer it replaces, counted from 0, the lowest; the number of layers if it is
 *     put on top of them
 */
record LayerChange(int index, Compression compression, LayerBuilder.Built built) {}
