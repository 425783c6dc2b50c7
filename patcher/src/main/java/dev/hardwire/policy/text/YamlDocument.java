package dev.hardwire.policy.text;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * One YAML document as nodes with positions.
 *
 * <p>Invariants: exactly one document unless several are asked for, no anchors, no aliases, no
 * explicit tags, nesting of at most {@link #DEPTH}. They are checked on the event stream, each
 * event before the recursive composer sees it.
 */
public final class YamlDocument {
  /** A policy needs 4. */
  private static final int DEPTH = 16;

  private final SourceText text;
  private final LoadSettings settings;

  /** Whether the text may have several documents. */
  private boolean several;

  private YamlDocument(SourceText text) {
    this.text = text;
    this.settings =
        LoadSettings.builder()
            .setLabel(text.source())
            .setCodePointLimit(SourceText.LIMIT)
            .setMaxAliasesForCollections(0)
            .build();
  }

  public static Node root(SourceText text) {
    YamlDocument document = new YamlDocument(text);
    try {
      Node root =
          document
              .composer()
              .getSingleNode()
              .orElseThrow(() -> document.error(Optional.empty(), "the file is empty"));
      YamlComments.attach(root, text);
      return root;
    } catch (MarkedYamlEngineException e) {
      String problem = e.getProblem() == null ? e.getContext() : e.getProblem();
      throw document.error(e.getProblemMark(), "not YAML: " + problem);
    } catch (ReaderException e) {
      throw new PolicyException(
          text.position(text.text().offsetByCodePoints(0, e.getPosition())),
          String.format("character U+%04X may not be in YAML", e.getCodePoint()));
    } catch (YamlEngineException e) {
      throw document.error(Optional.empty(), "not YAML: " + e.getMessage());
    }
  }

  /** The root nodes of all documents of {@code text}, one or more. */
  public static List<Node> documents(SourceText text) {
    YamlDocument document = new YamlDocument(text);
    document.several = true;
    List<Node> roots = new ArrayList<>();
    try {
      Composer composer = document.composer();
      while (composer.hasNext()) {
        Node root = composer.next();
        if (!root.getTag().equals(Tag.NULL)) {
          roots.add(root);
        }
      }
    } catch (MarkedYamlEngineException e) {
      String problem = e.getProblem() == null ? e.getContext() : e.getProblem();
      throw document.error(e.getProblemMark(), "not YAML: " + problem);
    } catch (YamlEngineException e) {
      throw document.error(Optional.empty(), "not YAML: " + e.getMessage());
    }
    if (roots.isEmpty()) {
      throw document.error(Optional.empty(), "the file is empty");
    }
    return roots;
  }

  private Composer composer() {
    StreamReader reader = new StreamReader(settings, text.text());
    return new Composer(settings, new CheckedParser(new ParserImpl(settings, reader)));
  }

  /** Checks each event before it is seen. */
  private final class CheckedParser implements Parser {
    private final Parser parser;
    private boolean isChecked;
    private int depth;
    private int documents;

    CheckedParser(Parser parser) {
      this.parser = parser;
    }

    @Override
    public boolean hasNext() {
      return parser.hasNext();
    }

    @Override
    public boolean checkEvent(Event.ID choice) {
      return hasNext() && peekEvent().getEventId() == choice;
    }

    @Override
    public Event peekEvent() {
      Event event = parser.peekEvent();
      if (!isChecked) {
        check(event);
        isChecked = true;
      }
      return event;
    }

    @Override
    public Event next() {
      peekEvent();
      isChecked = false;
      return parser.next();
    }

    private void check(Event event) {
      switch (event.getEventId()) {
        case DocumentStart -> {
          if (++documents > 1 && !several) {
            throw error(event.getStartMark(), "a second document; a file holds one policy");
          }
        }
        case MappingStart, SequenceStart -> {
          if (++depth > DEPTH) {
            throw error(event.getStartMark(), "nested more than " + DEPTH + " levels deep");
          }
        }
        case MappingEnd, SequenceEnd -> depth--;
        default -> {}
      }
      checkPlain(event);
    }
  }

  private void checkPlain(Event event) {
    if (event instanceof AliasEvent alias) {
      throw error(event.getStartMark(), "alias *" + alias.getAlias() + "; aliases are not allowed");
    }
    if (event instanceof NodeEvent node && node.getAnchor().isPresent()) {
      throw error(
          event.getStartMark(), "anchor &" + node.getAnchor().get() + "; anchors are not allowed");
    }
    Optional<String> tag =
        event instanceof ScalarEvent scalar
            ? scalar.getTag()
            : event instanceof CollectionStartEvent start ? start.getTag() : Optional.empty();
    if (tag.isPresent()) {
      throw error(event.getStartMark(), "tag " + tag.get() + "; tags are not allowed");
    }
  }

  private PolicyException error(Optional<Mark> mark, String message) {
    Position position =
        mark.map(m -> new Position(text.source(), m.getLine() + 1, m.getColumn() + 1))
            .orElse(new Position(text.source(), 0, 0));
    return new PolicyException(position, message);
  }
}
