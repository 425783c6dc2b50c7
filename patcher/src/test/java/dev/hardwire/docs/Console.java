package dev.hardwire.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

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
   * The parts of a line that depend on the machine: sizes, addresses and digests of the system's
   * programs, process IDs, calls in traces, temporary folders and fresh certificates. Every other
   * number, such as the size of a library that Hardwire writes or the number of instructions of a
   * filter, must be as the document states it.
   */
  private static final Pattern VARIABLE =
      Pattern.compile(
          "(?<=, )[0-9]+(?= bytes larger)"
              + "|(?<=goes on to )0x[0-9a-f]+"
              + "|(?<=^  blob {6}x86_64, )[0-9]+ bytes at 0x[0-9a-f]+, file offset 0x[0-9a-f]+"
              + "|(?<=^  original  )[0-9]+ bytes, SHA-256 [0-9a-f]{64}"
              + "|(?<=^  growth {4})[0-9]+(?= bytes)"
              + "|(?<=certificate SHA-256 )[0-9a-f]{64}"
              + "|(?<=^bash: line 1: ) *[0-9]+"
              + "|(?<=/tmp/docs)[0-9]+"
              + "|(?<=learned from )[0-9]+ system calls, [0-9]+ different(?=, in trace$)"
              + "|(?<=and allowed only in part: ).*"
              + "|(?<=trace:)[0-9]+ \\(pid [0-9]+\\)");

  /** A line without the parts that depend on the machine, and with single spaces. */
  static String normalise(String line) {
    return VARIABLE.matcher(line).replaceAll("#").replaceAll("\\s+", " ").strip();
  }
}
