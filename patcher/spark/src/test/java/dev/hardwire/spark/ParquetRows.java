package dev.hardwire.spark;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;

/** Reads folders of Parquet files without Spark. */
final class ParquetRows {
  private ParquetRows() {}

  /** All rows, in any order. */
  static List<JsonObject> read(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.list(folder)) {
      files = found.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
    List<JsonObject> rows = new ArrayList<>();
    for (Path file : files) {
      try (ParquetReader<Group> reader =
          ParquetReader.builder(new GroupReadSupport(), new org.apache.hadoop.fs.Path(file.toUri()))
              .build()) {
        for (Group group = reader.read(); group != null; group = reader.read()) {
          rows.add(object(group));
        }
      }
    }
    return rows;
  }

  /** The rows by the text of a column, which is different in each. */
  static Map<String, JsonObject> by(String column, List<JsonObject> rows) {
    Map<String, JsonObject> found = new TreeMap<>();
    for (JsonObject row : rows) {
      String key = row.get(column).getAsString();
      if (found.put(key, row) != null) {
        throw new AssertionError("twice: " + key);
      }
    }
    return found;
  }

  private static JsonObject object(Group group) {
    JsonObject object = new JsonObject();
    GroupType type = group.getType();
    for (int i = 0; i < type.getFieldCount(); i++) {
      JsonElement value =
          group.getFieldRepetitionCount(i) == 0 ? JsonNull.INSTANCE : value(group, i, 0);
      object.add(type.getFieldName(i), value);
    }
    return object;
  }

  private static JsonElement value(Group group, int field, int index) {
    Type type = group.getType().getType(field);
    if (type.isPrimitive()) {
      return primitive(group, field, index, type.asPrimitiveType());
    }
    Group inner = group.getGroup(field, index);
    if (!(type.getLogicalTypeAnnotation()
        instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation)) {
      return object(inner);
    }
    JsonArray array = new JsonArray();
    for (int i = 0; i < inner.getFieldRepetitionCount(0); i++) {
      array.add(value(inner.getGroup(0, i), 0, 0));
    }
    return array;
  }

  private static JsonElement primitive(Group group, int field, int index, PrimitiveType type) {
    return switch (type.getPrimitiveTypeName()) {
      case BINARY -> new JsonPrimitive(group.getString(field, index));
      case BOOLEAN -> new JsonPrimitive(group.getBoolean(field, index));
      case INT32 -> new JsonPrimitive(group.getInteger(field, index));
      case INT64 -> new JsonPrimitive(group.getLong(field, index));
      default -> throw new AssertionError("type " + type);
    };
  }
}
