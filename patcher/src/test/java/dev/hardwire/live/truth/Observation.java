package dev.hardwire.live.truth;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a program reported.
 *
 * @param status the exit code, 128 + a signal, or below 0 if it was stopped or not executed
 */
record Observation(int status, String out, String err) {
  private static final Pattern LINE =
      Pattern.compile("(preinit|ifunc|ctor|main|fini|start|replaced|gadget) (.) (.) (\\d+) (\\d+)");

  /** What main returns. */
  private static final int END = 7;

  /**
   * A part of the program that ran.
   *
   * @param stage which
   * @param seccomp the field of /proc/self/status
   * @param uname the error of uname, 0 for none
   * @param getpgid the error of getpgid
   */
  record Line(String stage, String seccomp, String noNewPrivs, int uname, int getpgid) {
    /**
     * Whether a layer's policy holds. A relocation in the text may have changed the names of the
     * two fields.
     */
    boolean isConfinedBy(Layer layer) {
      return (seccomp.equals("2") || seccomp.equals("?"))
          && (noNewPrivs.equals("1") || noNewPrivs.equals("?"))
          && (layer == Layer.INNER ? uname == Layer.ENETDOWN : getpgid == Layer.EHOSTDOWN);
    }
  }

  /** The lines, as far as they are complete. */
  List<Line> lines() {
    List<Line> all = new ArrayList<>();
    Matcher line = LINE.matcher(out);
    while (line.find()) {
      int uname = Integer.parseInt(line.group(4));
      int getpgid = Integer.parseInt(line.group(5));
      all.add(new Line(line.group(1), line.group(2), line.group(3), uname, getpgid));
    }
    return all;
  }

  /** Whether the call that the inner policy kills for was made. */
  boolean survived() {
    return out.contains("survived");
  }

  /**
   * Whether the last destructor made that call. It prints its line before; a changed pointer may
   * lead into its middle, behind the call, without that line.
   */
  boolean survivedLast() {
    int fini = out.lastIndexOf("fini ");
    return fini >= 0 && out.indexOf("survived", fini) >= 0;
  }

  /** Whether main was there and returned. */
  boolean ended() {
    return (status == END || survived()) && out.contains("main ");
  }

  /** Whether any part of the program ran. */
  boolean started() {
    return !lines().isEmpty();
  }

  /** The stages that were reached. */
  List<String> stages() {
    return lines().stream().map(Line::stage).toList();
  }
}
