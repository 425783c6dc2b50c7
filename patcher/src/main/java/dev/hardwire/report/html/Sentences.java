package dev.hardwire.report.html;

import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Sentences about a program for people who do not know system calls. */
final class Sentences {
  private Sentences() {}

  /** Numbers as people read them. */
  static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** A number with the noun in the form that it takes. */
  static String count(long value, String noun) {
    return number(value) + " " + (value == 1 ? noun : noun + "s");
  }

  /** What is confined. */
  static List<String> of(ProgramView program) {
    List<String> sentences = new ArrayList<>();
    switch (program.status()) {
      case CONFINED ->
          sentences.add("This program confines itself. That is proven from its bytes.");
      case SIGNATURE_UNCHECKED ->
          sentences.add(
              "This program confines itself. That is proven from its bytes. It is signed, and the"
                  + " signature was not checked.");
      case UNSIGNED ->
          sentences.add(
              "This program confines itself. That is proven from its bytes. It is not signed, which"
                  + " is required.");
      case NOT_TRUSTED ->
          sentences.add("This program is signed by somebody who is not among those you trust.");
      case UNSUPPORTED ->
          sentences.add(
              "This program is not confined by itself. Hardwire does not support the machine that"
                  + " it is for, and did not change it.");
      case LIBRARY_UNCHECKED ->
          sentences.add(
              "This program is made to confine itself by a shared library. The library was not"
                  + " checked, so the proof has a gap.");
      case ENFORCES_NOTHING ->
          sentences.add("This program has a policy that denies nothing: it is not confined.");
      case NOT_HARD_WIRED ->
          sentences.add(
              "This program is not confined by itself: it may make every system call that its user"
                  + " may make.");
      case UNREADABLE ->
          sentences.add(
              "This file could not be read, or is damaged, so nothing is known about it.");
      case CHANGED ->
          sentences.add(
              "This program was changed after it was patched or signed. Treat it as not confined:"
                  + " what follows is what the file says, and is not proven.");
      case NOT_VERIFIED ->
          sentences.add(
              "This program is hard-wired, and that could not be verified. Treat it as not confined"
                  + " until what is missing is there.");
    }
    boolean proven = program.confinement().isPresent();
    program
        .policy()
        .ifPresent(
            policy -> {
              if (proven) {
                policy(sentences, program, policy);
              } else {
                sentences.add("Its policy says that it is \"%s\".".formatted(policy.names()));
              }
            });
    return sentences;
  }

  private static void policy(List<String> sentences, ProgramView program, PolicyView policy) {
    for (int i = program.patches().size() - 1; i >= 0; i--) {
      String name = "the policy \"%s\"".formatted(policy.layers().get(i).name());
      sentences.add(
          "It takes on %s %s."
              .formatted(name, moment(program.patches().get(i), program.dynamic())));
    }
    for (PolicyView.Phase phase : policy.phases()) {
      sentences.add(
          "From %s on, the phase \"%s\" takes more away.".formatted(phase.moment(), phase.name()));
    }
    sentences.add(
        "From then on the kernel enforces it, until the process ends and in every program that it"
            + " starts. The program cannot take it back.");
    Optional<Confinement> all = program.confinement();
    all.ifPresent(confinement -> sentences.add(calls(confinement, policy)));
  }

  /** When the setup of a patch runs. */
  static String moment(PatchView patch, boolean dynamic) {
    return switch (patch.hook()) {
      case "init" ->
          dynamic
              ? "after the constructors of its libraries, before its own first constructor and main"
              : "before its first constructor and main";
      case "post-init" -> "after its constructors, right before main";
      case "first" -> "at the first instruction, before the dynamic linker and every library";
      case "entry" ->
          dynamic
              ? "at its entry point, after the dynamic linker and the constructors of its libraries"
              : "at its entry point, before any other instruction";
      default ->
          "when the dynamic linker initialises the library \"%s\""
              .formatted(patch.library().orElse("?"));
    };
  }

  private static String calls(Confinement all, PolicyView policy) {
    int denied = all.denied().stream().mapToInt(Confinement.Denial::calls).sum();
    StringBuilder text = new StringBuilder();
    text.append(
        "Of the %s of %s, "
            .formatted(
                count(denied + all.conditional() + all.allowed(), "system call"),
                policy.architecture().id()));
    text.append("it denies ").append(number(denied)).append(" whatever their arguments");
    if (!all.denied().isEmpty()) {
      text.append(" (");
      text.append(
          String.join(
              ", ",
              all.denied().stream()
                  .map(one -> one.verdict() + " for " + number(one.calls()))
                  .toList()));
      text.append(')');
    }
    if (all.conditional() > 0) {
      text.append(", ").append(number(all.conditional())).append(" for some arguments");
    }
    text.append("; ").append(number(all.allowed())).append(" are allowed.");
    return text.toString();
  }

  /** What Landlock and limits restrict in every run, for people. */
  static Optional<String> restrictions(ProgramView program) {
    List<String> found = program.confinement().map(Confinement::restrictions).orElse(List.of());
    List<String> texts = new ArrayList<>();
    for (String one : found) {
      texts.add(
          switch (one) {
            case "files" -> "which files it may use";
            case "ports" -> "which ports it may use";
            case "unix-sockets" -> "which unix sockets it may reach";
            case "scope" -> "which processes it may reach";
            case "limits" -> "how much of some resources it may use";
            case "capabilities" -> "which capabilities it keeps";
            case "phases" -> "what it may do later";
            default -> one;
          });
    }
    return texts.isEmpty()
        ? Optional.empty()
        : Optional.of("Beside calls, it restricts " + String.join(", and ", texts) + ".");
  }
}
