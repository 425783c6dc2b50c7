package dev.hardwire.report.model;

import java.util.List;

/**
 * How a file is laid out.
 *
 * @param size bytes
 * @param segments in the order of the program headers
 * @param sections in the order of the section headers, without the null section
 */
public record FileShape(long size, List<FilePart> segments, List<FilePart> sections) {
  public FileShape {
    segments = List.copyOf(segments);
    sections = List.copyOf(sections);
  }
}
