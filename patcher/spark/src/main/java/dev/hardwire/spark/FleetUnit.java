package dev.hardwire.spark;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A piece of work: a file, which may be a program, a Debian package or an archive of an image; or
 * the directory of an OCI layout.
 *
 * @param name as rows show it
 * @param location where executors find it, a URI
 * @param relative its path below the input; that of a listed file, without the first slash
 * @param named whether it was named, and must be of a kind that can be read
 * @param layout whether it is a directory with an OCI layout
 * @param otherNames hard links to the same file
 * @param owner the package of a plain file; empty if it is not known
 * @param fault why it cannot be read; empty if it was found
 */
record FleetUnit(
    String name,
    String location,
    String relative,
    boolean named,
    boolean layout,
    List<String> otherNames,
    String owner,
    String fault) {
  /** The column with the digest of a unit whose rows are known. */
  static final String KNOWN = "known";

  /** The column with {@link #relative}. */
  static final String RELATIVE = "relative";

  static final StructType SCHEMA =
      new StructType()
          .add(RowSchema.SOURCE, DataTypes.StringType, false)
          .add("location", DataTypes.StringType, false)
          .add(RELATIVE, DataTypes.StringType, false)
          .add("named", DataTypes.BooleanType, false)
          .add("layout", DataTypes.BooleanType, false)
          .add("other_names", new ArrayType(DataTypes.StringType, false), false)
          .add("owner", DataTypes.StringType, false)
          .add("fault", DataTypes.StringType, false);

  FleetUnit {
    otherNames = List.copyOf(otherNames);
  }

  Row row() {
    return RowFactory.create(
        name, location, relative, named, layout, otherNames.toArray(new String[0]), owner, fault);
  }

  FleetUnit ownedBy(String other) {
    return new FleetUnit(name, location, relative, named, layout, otherNames, other, fault);
  }

  static FleetUnit of(Row row) {
    return new FleetUnit(
        row.getString(0),
        row.getString(1),
        row.getString(2),
        row.getBoolean(3),
        row.getBoolean(4),
        row.getList(5),
        row.getString(6),
        row.getString(7));
  }
}
