package dev.hardwire.container;

import java.nio.file.Path;
import java.util.Optional;

/** Content of a file of an image, which may have several names. */
public final class Content {
  private final String entry;
  private final int layer;
  private final int position;
  private final Optional<Path> copy;

  Content(String entry, int layer, int position, Optional<Path> copy) {
    this.entry = entry;
    this.layer = layer;
    this.position = position;
    this.copy = copy;
  }

  /** The layer that has it, counted from 0, the lowest. */
  int layer() {
    return layer;
  }

  /** Which entry of its layer has it, counted from 0. */
  int position() {
    return position;
  }

  public String entry() {
    return entry;
  }

  /** The copy of an executable; empty for other files. */
  Optional<Path> copy() {
    return copy;
  }
}
