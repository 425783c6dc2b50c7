package dev.hardwire.verify;

/**
 * One thing that was checked.
 *
 * @param name short and stable, for machines
 * @param detail what was found, a sentence for people
 */
public record Check(String name, boolean passed, String detail) {}
