package dev.hardwire;

import dev.hardwire.output.FinishedOutput;
import dev.hardwire.output.OutputGroup;
import dev.hardwire.output.Warnings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is said about one file, and results of it that wait for their places. */
final class WorkMessages implements Warnings {
  private final Messages messages;
  private final Optional<OutputGroup> group;
  private final List<String> warnings = new ArrayList<>();
  private final List<FinishedOutput> finished = new ArrayList<>(1);

  WorkMessages(Messages messages, Optional<OutputGroup> group) {
    this.messages = messages;
    this.group = group;
  }

  @Override
  public void warn(Path file, String message) {
    warnings.add(message);
    messages.warn(file, message);
  }

  @Override
  public void note(Path file, String message) {
    messages.note(file, message);
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

  /** The warnings. */
  List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** The results that may wait. */
  List<FinishedOutput> finished() {
    return List.copyOf(finished);
  }
}
