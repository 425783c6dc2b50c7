package dev.hardwire.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The sessions of a Markdown file: its blocks marked {@code console}. */
final class Console {
  /**
   * One command of a session.
   *
   * @param line where it stands in the file, counted from 1
   * @param output what the document says that it prints
   */
  record Step(Path document, int line, String command, List<String> output) {}

  private Console() {}

  /** The sessions of a document, a list of steps each. */
  static List<List<Step>> sessions(Path document) throws IOException {
    List<List<Step>> sessions = new ArrayList<>();
    List<Step> current = null;
    List<String> lines = Files.readAllLines(document);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.equals("```console")) {
        current = new ArrayList<>();
      } else if (line.equals("```") && current != null) {
        sessions.add(current);
        current = null;
      } else if (current != null && line.startsWith("$ ")) {
        current.add(new Step(document, i + 1, line.substring(2), new ArrayList<>()));
      } else if (current != null) {
        current.get(current.size() - 1).output().add(line);
      }
    }
    return sessions;
  }

  /**
   * A line without the addresses, sizes and digests that differ from one version of a program to
   * the next.
   */
  static String normalise(String line) {
    return line.replaceAll("0x[0-9a-f]+|\\b[0-9a-f]{64}\\b|[0-9]+", "#")
        .replaceAll("\\s+", " ")
        .strip();
  }
}
