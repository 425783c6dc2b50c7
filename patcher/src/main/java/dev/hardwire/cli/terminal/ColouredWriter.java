package dev.hardwire.cli.terminal;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Standard output or error on a terminal: words that matter have colours. */
public final class ColouredWriter extends PrintWriter {
  private static final String RED = "\033[1;31m";
  private static final String GREEN = "\033[32m";
  private static final String YELLOW = "\033[1;33m";
  private static final String PLAIN = "\033[0m";

  /** Lines of the commands, which print them whole; what is coloured is group 1. */
  private static final Pattern WARNING = Pattern.compile("hardwire: (?:.{1,4096}?: )?(warning:)");

  private static final Pattern GOOD = Pattern.compile("  (verified\\b.*|to allow  .*)");
  private static final Pattern BAD = Pattern.compile("  (NOT VERIFIED|FAIL\\b|denied by .*)");

  private boolean isLineStart = true;

  public ColouredWriter(Writer terminal) {
    super(terminal, false);
  }

  /**
   * Prints an error, a line that begins with the name of the command.
   *
   * @param err which may be one of these, or any other
   */
  public static void printError(PrintWriter err, String line) {
    String name = "hardwire:";
    boolean coloured = err instanceof ColouredWriter && line.startsWith(name);
    err.println(coloured ? RED + name + PLAIN + line.substring(name.length()) : line);
  }

  @Override
  public void write(String text, int offset, int length) {
    String part = text.substring(offset, offset + length);
    StringBuilder coloured = new StringBuilder(length);
    for (int start = 0, end; start < length; start = end) {
      int feed = part.indexOf('\n', start);
      end = feed < 0 ? length : feed + 1;
      String line = part.substring(start, end);
      coloured.append(isLineStart ? coloured(line) : line);
      isLineStart = feed >= 0;
    }
    super.write(coloured.toString(), 0, coloured.length());
  }

  @Override
  public void println() {
    super.println();
    isLineStart = true;
  }

  @Override
  public void println(String line) {
    synchronized (lock) {
      print(line);
      println();
    }
  }

  private static String coloured(String line) {
    Matcher warning = WARNING.matcher(line);
    if (warning.lookingAt()) {
      return with(YELLOW, line, warning);
    }
    Matcher good = GOOD.matcher(line);
    if (good.lookingAt()) {
      return with(GREEN, line, good);
    }
    Matcher bad = BAD.matcher(line);
    return bad.lookingAt() ? with(RED, line, bad) : line;
  }

  private static String with(String colour, String line, Matcher match) {
    return line.substring(0, match.start(1))
        + colour
        + match.group(1)
        + PLAIN
        + line.substring(match.end(1));
  }
}
