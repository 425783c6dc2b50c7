package dev.hardwire;

import dev.hardwire.core.files.Warnings;
import dev.hardwire.policy.PolicyWarning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Collects the warnings of one task. */
final class WarningList implements Warnings {
  private final List<String> messages = new ArrayList<>();

  @Override
  public void warn(Path file, String message) {
    messages.add(message);
  }

  void warn(PolicyWarning warning) {
    messages.add(warning.toString());
  }

  List<String> messages() {
    return List.copyOf(messages);
  }
}
