package dev.hardwire.learn;

import java.util.List;

/**
 * A program that is not executed by itself, and whose phases may begin anywhere.
 *
 * @param text the only one in its file
 * @param loaders of every program that it executes
 */
record TestProgram(String text, List<String> loaders) implements KnownProgram {
  @Override
  public boolean canBegin(String function) {
    return true;
  }

  @Override
  public boolean isItself(String executed) {
    return false;
  }

  @Override
  public boolean has(List<String> texts) {
    return texts.contains(text);
  }

  @Override
  public List<String> loaders(String executed) {
    return loaders;
  }
}
