package dev.hardwire.work;

import dev.hardwire.output.FinishedOutput;
import dev.hardwire.output.OutputGroup;
import dev.hardwire.output.Warnings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** What is said about one file, and results of it that wait for their places. */
public final class WorkMessages implements Warnings {
  private final BiConsumer<Path, String> warner;
  private final BiConsumer<Path, String> noter;
  private final Optional<OutputGroup> group;
  private final List<String> warnings = new ArrayList<>();
  private final List<FinishedOutput> finished = new ArrayList<>(1);

  /**
   * For one file.
   *
   * @param warner takes warnings
   * @param noter takes notes: decisions with their reasons
   * @param group puts results in their places later
   */
  public WorkMessages(
      BiConsumer<Path, String> warner,
      BiConsumer<Path, String> noter,
      Optional<OutputGroup> group) {
    this.warner = warner;
    this.noter = noter;
    this.group = group;
  }

  @Override
  public void warn(Path file, String message) {
    warnings.add(message);
    warner.accept(file, message);
  }

  @Override
  public void note(Path file, String message) {
    noter.accept(file, message);
  }

  @Override
  public boolean placesLater(FinishedOutput output) {
    if (group.isEmpty()) {
      return false;
    }
    finished.add(output);
    group.get().add(output);
    return true;
  }

  List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** The results that may wait. */
  List<FinishedOutput> finished() {
    return List.copyOf(finished);
  }
}
