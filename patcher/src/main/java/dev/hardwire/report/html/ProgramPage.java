package dev.hardwire.report.html;

import dev.hardwire.filter.prove.explain.ExplainedCall;
import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.FilePart;
import dev.hardwire.report.model.FileShape;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.PolicyView.Access;
import dev.hardwire.report.model.ProgramView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A page about one program. */
public final class ProgramPage {
  private final Page page;
  private final Html html;
  private final ProgramView program;
  private final Parts parts;

  private ProgramPage(AuditReport report, ProgramView program) {
    this.page = new Page(report);
    this.html = page.html();
    this.program = program;
    this.parts = new Parts(html, program);
  }

  /**
   * The page.
   *
   * @param back the name of the page about all programs; null if there is none
   */
  public static String of(AuditReport report, ProgramView program, String back) {
    return new ProgramPage(report, program).write(back);
  }

  private String write(String back) {
    page.begin(program.origin().path(), false);
    List<String> links = new ArrayList<>(List.of("summary", "Summary"));
    if (program.policy().isPresent()) {
      links.addAll(List.of("calls", "Calls", "follow", "Follow a call"));
      links.addAll(List.of("restrictions", "Files and limits", "start", "Start", "file", "File"));
    }
    links.addAll(List.of("signatures", "Signatures", "checks", "Checks"));
    if (program.policy().isPresent()) {
      links.addAll(List.of("restore", "Restore", "policy", "Policy"));
    }
    page.top(program.origin().path(), back, links.toArray(String[]::new));
    summary();
    program.policy().ifPresent(this::policy);
    page.part("signatures", "Signatures");
    parts.signatures();
    page.end();
    page.part("checks", "What verify checked");
    parts.checks();
    page.end();
    if (program.policy().isPresent()) {
      page.part("restore", "How to restore the original");
      restore();
      page.end();
      page.part("policy", "The policy");
      for (PolicyView.Layer layer : program.policy().get().layers()) {
        html.element("p", "SHA-256 " + layer.sha256(), "class", "code");
        html.pre("Text of the policy", layer.text());
      }
      page.end();
      html.data("follow-data", FollowData.of(program.policy().get()));
    }
    return page.finish();
  }

  private void summary() {
    page.part("summary", "Summary");
    parts.badge();
    for (String sentence : Sentences.of(program)) {
      html.element("p", sentence);
    }
    Sentences.restrictions(program).ifPresent(text -> html.element("p", text));
    parts.findings();
    parts.grade();
    parts.callBar();
    program
        .policy()
        .filter(PolicyView::proven)
        .map(PolicyView::access)
        .filter(all -> !all.isEmpty())
        .ifPresent(this::abilities);
    parts.facts();
    page.end();
  }

  private void abilities(Map<String, Access> access) {
    html.open("div", "class", "columns");
    abilities(access, Access.DENIED, "It cannot", "denies");
    abilities(access, Access.CONDITIONAL, "It can, for some arguments", "depends");
    abilities(access, Access.ALLOWED, "It can, as far as its user may", "allows");
    html.close().line();
  }

  private void abilities(Map<String, Access> access, Access wanted, String title, String style) {
    List<String> found = Abilities.of(access, wanted);
    if (!found.isEmpty()) {
      html.open("div", "class", "list " + style).element("h3", title).open("ul");
      found.forEach(ability -> html.element("li", ability));
      html.close(2);
    }
  }

  private void policy(PolicyView policy) {
    page.part("calls", "System calls");
    new CallsPart(html, policy).write();
    page.end();
    page.part("follow", "Follow a call");
    follow(policy);
    page.end();
    page.part("restrictions", "Files, ports and limits");
    restrictions(policy.restrictions());
    page.end();
    page.part("start", "When the policy is installed");
    TimeLine.draw(html, program);
    setup(policy);
    page.end();
    page.part("file", "The file before and after");
    file();
    page.end();
  }

  private void follow(PolicyView policy) {
    html.open("p");
    html.text("The filter decides each call from its number and arguments. Type a call, such as ");
    html.element("code", "openat(AT_FDCWD, 0, O_RDWR)");
    html.text(", to see the way that it takes; missing arguments are 0.");
    html.close();
    html.open("div", "class", "ask").element("label", "System call", "for", "call");
    html.open("input", "id", "call", "type", "text", "autocomplete", "off", "spellcheck", "false");
    html.open("button", "id", "go", "type", "button").text("Follow").close().close();
    html.open("div", "id", "way", "role", "status").close();
    TreePart.write(html, policy);
  }

  private void restrictions(List<ExplainedCall> rows) {
    if (rows.isEmpty()) {
      html.element("p", "The policy restricts system calls only.");
      return;
    }
    html.scroll(null).open("table").element("caption", "Landlock and limits", "class", "hidden");
    html.open("thead").open("tr").element("th", "what", "scope", "col");
    html.element("th", "decision", "scope", "col").element("th", "when", "scope", "col").close(2);
    html.open("tbody");
    for (ExplainedCall row : rows) {
      boolean limit = row.call().startsWith("limit ");
      html.open("tr").element("td", row.call(), "class", "code").open("td");
      html.element(
          "span",
          row.decision(),
          "class",
          limit ? "verdict" : "verdict " + TreePart.style(row.decision()));
      html.close().element("td", row.when()).close().line();
    }
    html.close(3);
  }

  private void setup(PolicyView policy) {
    for (int i = 0; i < policy.layers().size(); i++) {
      PatchView patch = program.patches().get(i);
      html.element("h3", "The setup of the policy \"" + policy.layers().get(i).name() + "\"");
      html.element(
          "p",
          "These system calls run %s, in this order. If one fails, the program ends with status 126."
              .formatted(Sentences.moment(patch, program.dynamic())));
      steps(policy.layers().get(i).setup());
      html.element(
          "p",
          patch.library().isPresent()
              ? "Then the dynamic linker goes on."
              : "Then the program goes on at 0x%x.".formatted(patch.target()));
      for (PolicyView.Phase phase : policy.layers().get(i).phases()) {
        html.element("h3", "The setup of the phase \"" + phase.name() + "\"");
        html.element("p", "These calls run once, before %s.".formatted(phase.moment()));
        steps(phase.setup());
      }
    }
  }

  private void steps(List<String> calls) {
    html.open("ol", "class", "steps");
    calls.forEach(line -> html.element("li", line, "class", "code"));
    html.close();
  }

  private void file() {
    for (int i = 0; i < program.patches().size(); i++) {
      PatchView patch = program.patches().get(i);
      if (program.patches().size() > 1) {
        html.element("h3", "Patch " + (program.patches().size() - i));
      }
      if (patch.before().isEmpty()) {
        html.element(
            "p", "The file was changed after it was patched, so the original is not known.");
      }
      html.open("ul", "class", "legend");
      for (FilePart.Change change : FilePart.Change.values()) {
        html.open("li").element("span", "", "class", "swatch " + FilePicture.style(change));
        html.text(" " + change.text()).close();
      }
      html.close();
      FilePicture.draw(html, patch);
      html.open("details").element("summary", "Segments and sections as tables");
      patch.before().ifPresent(before -> shape(before, "before"));
      shape(patch.after(), "after");
      html.close();
    }
  }

  private void shape(FileShape shape, String when) {
    list(shape.segments(), "Segments " + when);
    list(shape.sections(), "Sections " + when);
  }

  private void list(List<FilePart> rows, String caption) {
    html.scroll(caption).open("table").element("caption", caption).open("thead").open("tr");
    for (String name : List.of("name", "offset", "bytes", "address", "flags", "change")) {
      html.element("th", name, "scope", "col");
    }
    html.close(2).open("tbody");
    for (FilePart part : rows) {
      html.open("tr", "class", part.change() == FilePart.Change.SAME ? null : "changed");
      html.element("td", part.name(), "class", "code");
      html.element("td", "0x%x".formatted(part.offset()), "class", "code right");
      html.element("td", Sentences.number(part.size()), "class", "right");
      html.element("td", "0x%x".formatted(part.address()), "class", "code right");
      html.element("td", part.flags(), "class", "code");
      html.element("td", part.change().text()).close().line();
    }
    html.close(3);
  }

  private void restore() {
    parts.restore();
    Optional<PatchView> patch = program.patches().stream().findFirst();
    patch.ifPresent(
        one ->
            html.element(
                "p",
                "The result has %s and the SHA-256 %s."
                    .formatted(Sentences.count(one.originalSize(), "byte"), one.originalSha256())));
  }

  /** What a program can do, in plain words, by the system calls that it takes. */
  private static final class Abilities {
    private static final String TABLE =
        """
        start other programs: execve execveat
        create processes and threads: fork vfork clone clone3
        open files: open openat openat2 creat open_by_handle_at
        create, rename or delete files: creat mkdir mkdirat mknod mknodat rename renameat renameat2 \
        unlink unlinkat rmdir link linkat symlink symlinkat
        change the mode or owner of files: chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat
        make sockets: socket socketcall
        make connections: connect sendto socketcall
        accept connections: accept accept4 listen socketcall
        send signals to other processes: kill tkill tgkill pidfd_send_signal rt_sigqueueinfo
        read or change other processes: ptrace process_vm_readv process_vm_writev pidfd_getfd
        change its user or group: setuid setgid setreuid setregid setresuid setresgid setgroups
        change the tree of files: mount umount2 move_mount pivot_root chroot open_tree fsmount
        create or enter namespaces: unshare setns
        load code into the kernel: init_module finit_module bpf kexec_load kexec_file_load
        queue calls past the filter (io_uring): io_uring_setup io_uring_enter
        set the clock: settimeofday clock_settime adjtimex clock_adjtime
        stop the machine: reboot
        """;

    private static final Map<String, List<String>> CALLS = read();

    private Abilities() {}

    private static Map<String, List<String>> read() {
      Map<String, List<String>> all = new LinkedHashMap<>();
      TABLE
          .lines()
          .forEach(
              line -> {
                int colon = line.indexOf(": ");
                all.put(
                    line.substring(0, colon), List.of(line.substring(colon + 2).split(" ", -1)));
              });
      return all;
    }

    /**
     * The abilities with a kind of access.
     *
     * @param access to every call of the architecture
     * @param wanted denied, if every call for it is denied; allowed, if one is; else conditional
     */
    static List<String> of(Map<String, Access> access, Access wanted) {
      List<String> found = new ArrayList<>();
      CALLS.forEach(
          (ability, calls) -> {
            Access best = null;
            for (String call : calls) {
              Access one = access.get(call);
              best = best == null || (one != null && one.compareTo(best) > 0) ? one : best;
            }
            if (best == wanted) {
              found.add(ability);
            }
          });
      return found;
    }
  }
}
