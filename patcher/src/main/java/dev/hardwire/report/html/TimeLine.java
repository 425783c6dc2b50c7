package dev.hardwire.report.html;

import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import java.util.List;

/** The start of a process, and when each patch installs its policy. */
final class TimeLine {
  private static final int WIDTH = 1000;
  private static final int LEFT = 96;
  private static final int ROW = 34;
  private static final int TOP = 56;

  private static final List<String> DYNAMIC =
      List.of(
          "kernel|execve",
          "dynamic linker|maps, relocates",
          "libraries'|constructors",
          "_start,|C library",
          "its own|constructors",
          "main",
          "exit,|destructors");

  private static final List<String> STATIC =
      List.of(
          "kernel|execve",
          "_start",
          "C library",
          "its own|constructors",
          "main",
          "exit,|destructors");

  private TimeLine() {}

  static void draw(Html html, ProgramView program) {
    List<String> stages = program.dynamic() ? DYNAMIC : STATIC;
    double step = (double) (WIDTH - LEFT - 4) / stages.size();
    List<PolicyView.Phase> phases = program.policy().map(PolicyView::phases).orElse(List.of());
    int height = TOP + ROW * (program.patches().size() + phases.size()) + 4;
    StringBuilder label = new StringBuilder("The start of a process, from left to right.");
    for (PatchView patch : program.patches()) {
      label.append(" The policy of hook ").append(patch.hook()).append(" is installed ");
      label.append(Sentences.moment(patch, program.dynamic())).append('.');
    }
    for (PolicyView.Phase phase : phases) {
      label.append(" The phase ").append(phase.name()).append(" begins at ");
      label.append(phase.moment()).append('.');
    }
    html.scroll("Time line");
    Svg svg = new Svg(html, WIDTH, height, label.toString());
    svg.text(0, 28, "time →", "quiet small");
    for (int i = 0; i < stages.size(); i++) {
      String[] lines = stages.get(i).split("\\|", -1);
      svg.box(LEFT + i * step, 2, step - 3, 42, "stage", "");
      for (int line = 0; line < lines.length; line++) {
        double y = lines.length == 1 ? 27 : 20 + 14 * line;
        svg.text(LEFT + i * step + (step - 3) / 2, y, lines[line], "mid small");
      }
    }
    for (int i = 0; i < program.patches().size(); i++) {
      PatchView patch = program.patches().get(i);
      double x = LEFT + step * start(patch.hook(), program.dynamic());
      int y = TOP + ROW * i;
      svg.text(0, y + 16, patch.hook(), "code small");
      svg.box(LEFT, y, x - LEFT, 24, "unconfined", "");
      svg.box(x, y, WIDTH - 4 - x, 24, "confined", "");
      if (x - LEFT > step / 2) {
        svg.text(LEFT + (x - LEFT) / 2, y + 16, "not confined yet", "mid small");
      }
      svg.text(x + (WIDTH - 4 - x) / 2, y + 16, "confined until the process ends", "mid small");
      svg.box(x - 2, y - 3, 4, 30, "mark", "");
    }
    for (int i = 0; i < phases.size(); i++) {
      PolicyView.Phase phase = phases.get(i);
      int main = stages.indexOf("main");
      double x = LEFT + step * (phase.moment().equals("main") ? main : main + 0.4);
      int y = TOP + ROW * (program.patches().size() + i);
      svg.text(0, y + 16, Svg.fitting(phase.name(), LEFT), "code small");
      svg.box(x, y, WIDTH - 4 - x, 24, "confined", "from " + phase.moment() + " on");
      String text = Svg.fitting("less from " + phase.moment() + " on", WIDTH - 4 - x);
      svg.text(x + (WIDTH - 4 - x) / 2, y + 16, text, "mid small");
      svg.box(x - 2, y - 3, 4, 30, "mark", "");
    }
    svg.end();
    html.close();
  }

  /** Where a hook is among the stages; a library's place among the constructors is not promised. */
  private static double start(String hook, boolean dynamic) {
    return switch (hook) {
      case "first" -> 1;
      case "entry" -> dynamic ? 3 : 1;
      case "init" -> dynamic ? 4 : 3;
      case "post-init" -> dynamic ? 5 : 4;
      default -> 2.8;
    };
  }
}
