package dev.hardwire.learn.record;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The files whose code ran in a trace: programs, and the libraries that were mapped as code.
 *
 * <p>Paths are as the program wrote them; their bytes are characters, ISO 8859-1.
 */
public final class Images {
  /** More are not remembered, to bound memory. */
  private static final int MOST = 1000;

  private final Set<String> programs = new LinkedHashSet<>();
  private final Map<String, Set<String>> libraries = new LinkedHashMap<>();
  private String main;
  private boolean again;

  /** A policy is installed for a program; what ran before does not matter. */
  void main(String program) {
    if (main == null) {
      main = program;
      programs.clear();
    }
  }

  /** Whether a path is that of the program for which a policy was installed. */
  boolean isMain(String program) {
    return program.equals(main);
  }

  /** Adds those of another trace. */
  void addAll(Images other) {
    String first = other.first();
    main = main == null ? first : main;
    other.programs.stream().filter(name -> !name.equals(first)).forEach(this::program);
    again |= other.again;
    other.libraries.forEach(
        (program, names) ->
            names.forEach(name -> library(program.equals(first) ? main : program, name)));
  }

  private String first() {
    return main == null && !programs.isEmpty() ? programs.iterator().next() : main;
  }

  void program(String program) {
    again |= program.equals(first());
    if (programs.size() < MOST) {
      programs.add(program);
    }
  }

  void library(String program, String library) {
    Set<String> own =
        libraries.size() < MOST
            ? libraries.computeIfAbsent(program, name -> new LinkedHashSet<>())
            : libraries.get(program);
    if (own != null && own.size() < MOST) {
      own.add(library);
    }
  }

  /** The libraries of the program to which the policy belongs. */
  public List<String> libraries() {
    String program = first();
    return List.copyOf(libraries.getOrDefault(program == null ? "" : program, Set.of()));
  }

  /** Whether the program to which the policy belongs was executed again, under the same name. */
  public boolean again() {
    return again;
  }

  /** The programs that were executed, that to which the policy belongs only if it was, again. */
  public List<String> executed() {
    String first = first();
    List<String> executed = new ArrayList<>(programs);
    executed.remove(first);
    if (again) {
      executed.add(first);
    }
    return executed;
  }
}
