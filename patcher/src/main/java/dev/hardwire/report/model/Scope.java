package dev.hardwire.report.model;

import java.util.List;

/**
 * What a report is about, and who is trusted: what has to be known to make it again.
 *
 * @param inputs files, directories, images and packages, as they were named
 * @param host where it was made; empty if it does not say so
 * @param trust subjects and digests of the trusted certificates
 * @param required what signatures must be like; empty if nothing is required
 */
public record Scope(List<String> inputs, String host, List<String> trust, List<String> required) {
  /** Nothing is known. */
  public static final Scope NONE = new Scope(List.of(), "", List.of(), List.of());

  public Scope {
    inputs = List.copyOf(inputs);
    trust = List.copyOf(trust);
    required = List.copyOf(required);
  }
}
