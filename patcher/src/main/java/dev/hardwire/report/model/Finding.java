package dev.hardwire.report.model;

/**
 * Something about a program that its owner should know.
 *
 * @param message for people; may contain text of the program
 */
public record Finding(FindingKind rule, String message) {}
