package dev.hardwire.report.model;

import java.util.List;

/**
 * How little a program can do: A is the best.
 *
 * <p>Every area that is open counts 2 points, one that is partly open 1: up to 2 points are an A, 4
 * a B, 6 a C, 8 a D, more an E. F is for programs whose policy is not proven, or that have none.
 *
 * @param reasons one for each area; for F, why nothing holds
 */
public record Grade(String letter, List<Reason> reasons) {
  private static final int STEP = 2;
  private static final String LETTERS = "ABCDE";

  /** How much of an area is left to a program. */
  public enum Room {
    CLOSED("no", 0),
    PARTLY("partly", 1),
    OPEN("yes", 2);

    private final String id;
    private final int points;

    Room(String id, int points) {
      this.id = id;
      this.points = points;
    }

    /** The word in documents, which answers whether the program can do it. */
    public String id() {
      return id;
    }
  }

  /**
   * One reason.
   *
   * @param area what it is about, such as {@code start other programs}
   * @param why the calls or rules that decide it
   */
  public record Reason(String area, Room room, String why) {}

  public Grade {
    reasons = List.copyOf(reasons);
  }

  /** The grade of a program whose policy is proven. */
  public static Grade of(List<Reason> reasons) {
    int points = reasons.stream().mapToInt(reason -> reason.room().points).sum();
    int step = Math.max(0, (points - 1) / STEP);
    int place = Math.min(step, LETTERS.length() - 1);
    return new Grade(LETTERS.substring(place, place + 1), reasons);
  }

  /** The grade of a program that nothing confines for certain. */
  public static Grade none(String why) {
    return new Grade("F", List.of(new Reason("everything that its user may do", Room.OPEN, why)));
  }
}
