import static org.objectweb.asm.Opcodes.*;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Replaces the lambdas and method references of a jar by classes, as javac made them before Java 8.
 * The JVM loads a class from its archive in a tenth of the time that it takes to link a call site,
 * so each start is faster.
 *
 * <p>Usage: PlainLambdas JAR PACKAGE. Changes the classes whose names start with PACKAGE, a path
 * with slashes. Lambdas that are serializable or implement several interfaces stay.
 */
final class PlainLambdas {
  private static final String METAFACTORY = "java/lang/invoke/LambdaMetafactory";

  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final Map<String, ClassNode> classes = new LinkedHashMap<>();
  private final Map<String, byte[]> made = new LinkedHashMap<>();

  public static void main(String... args) throws IOException {
    PlainLambdas jar = new PlainLambdas();
    Path file = Path.of(args[0]);
    long time = jar.read(file, args[1]);
    for (ClassNode node : List.copyOf(jar.classes.values())) {
      jar.replace(node);
    }
    jar.write(file, time);
  }

  private long read(Path file, String prefix) throws IOException {
    long time = 0;
    try (ZipInputStream in = new ZipInputStream(Files.newInputStream(file))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        byte[] content = in.readAllBytes();
        files.put(entry.getName(), content);
        time = entry.getTime();
        if (entry.getName().startsWith(prefix) && entry.getName().endsWith(".class")) {
          ClassNode node = new ClassNode();
          new ClassReader(content).accept(node, 0);
          classes.put(node.name, node);
        }
      }
    }
    return time;
  }

  private void write(Path file, long time) throws IOException {
    for (ClassNode node : classes.values()) {
      ClassWriter writer = new ClassWriter(0);
      node.accept(writer);
      files.put(node.name + ".class", writer.toByteArray());
    }
    made.forEach((name, content) -> files.put(name + ".class", content));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> each : files.entrySet()) {
        ZipEntry entry = new ZipEntry(each.getKey());
        entry.setTime(time);
        out.putNextEntry(entry);
        out.write(each.getValue());
        out.closeEntry();
      }
    }
    Files.write(file, bytes.toByteArray());
  }

  private void replace(ClassNode node) {
    int count = 0;
    for (MethodNode method : node.methods) {
      for (AbstractInsnNode each : method.instructions.toArray()) {
        if (each instanceof InvokeDynamicInsnNode site
            && site.bsm.getOwner().equals(METAFACTORY)
            && site.bsm.getName().equals("metafactory")
            && isCallable((Handle) site.bsmArgs[1])) {
          String name = node.name + "$$L" + count++;
          make(node, name, site);
          method.instructions.set(
              site, new MethodInsnNode(INVOKESTATIC, name, "of", site.desc, false));
        }
      }
    }
  }

  /** Not a call of a method of a superclass that is overridden (JVMS 6.5, invokespecial). */
  private boolean isCallable(Handle code) {
    ClassNode owner = classes.get(code.getOwner());
    return code.getTag() != H_INVOKESPECIAL
        || (owner != null
            && owner.methods.stream()
                .anyMatch(
                    method ->
                        (method.access & ACC_PRIVATE) != 0
                            && method.name.equals(code.getName())
                            && method.desc.equals(code.getDesc())));
  }

  /** Makes the class of a lambda, a nest mate of the class that has it (JVMS 5.4.4). */
  private void make(ClassNode node, String name, InvokeDynamicInsnNode site) {
    ClassNode host = node.nestHostClass == null ? node : classes.get(node.nestHostClass);
    if (host.nestMembers == null) {
      host.nestMembers = new ArrayList<>();
    }
    host.nestMembers.add(name);
    Type[] captured = Type.getArgumentTypes(site.desc);
    String type = Type.getReturnType(site.desc).getInternalName();
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    int flags = ACC_FINAL | ACC_SUPER | ACC_SYNTHETIC;
    writer.visit(node.version, flags, name, null, "java/lang/Object", new String[] {type});
    writer.visitNestHost(host.name);
    for (int i = 0; i < captured.length; i++) {
      writer.visitField(ACC_PRIVATE | ACC_FINAL, "c" + i, captured[i].getDescriptor(), null, null);
    }
    String constructor = Type.getMethodDescriptor(Type.VOID_TYPE, captured);

    MethodVisitor init = writer.visitMethod(ACC_PRIVATE, "<init>", constructor, null, null);
    init.visitCode();
    init.visitVarInsn(ALOAD, 0);
    init.visitMethodInsn(INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
    for (int i = 0, local = 1; i < captured.length; local += captured[i++].getSize()) {
      init.visitVarInsn(ALOAD, 0);
      init.visitVarInsn(captured[i].getOpcode(ILOAD), local);
      init.visitFieldInsn(PUTFIELD, name, "c" + i, captured[i].getDescriptor());
    }
    init.visitInsn(RETURN);
    init.visitMaxs(0, 0);

    MethodVisitor of = writer.visitMethod(ACC_STATIC, "of", site.desc, null, null);
    of.visitCode();
    of.visitTypeInsn(NEW, name);
    of.visitInsn(DUP);
    for (int i = 0, local = 0; i < captured.length; local += captured[i++].getSize()) {
      of.visitVarInsn(captured[i].getOpcode(ILOAD), local);
    }
    of.visitMethodInsn(INVOKESPECIAL, name, "<init>", constructor, false);
    of.visitInsn(ARETURN);
    of.visitMaxs(0, 0);

    call(writer, name, captured, site);
    writer.visitEnd();
    made.put(name, writer.toByteArray());
  }

  /** The method of the interface. */
  private static void call(
      ClassWriter writer, String name, Type[] captured, InvokeDynamicInsnNode site) {
    Type declared = (Type) site.bsmArgs[0];
    Handle code = (Handle) site.bsmArgs[1];
    Type used = (Type) site.bsmArgs[2];
    MethodVisitor out =
        writer.visitMethod(ACC_PUBLIC, site.name, declared.getDescriptor(), null, null);
    out.visitCode();
    List<Type> wanted = new ArrayList<>();
    boolean isNew = code.getTag() == H_NEWINVOKESPECIAL;
    if (isNew) {
      out.visitTypeInsn(NEW, code.getOwner());
      out.visitInsn(DUP);
    } else if (code.getTag() != H_INVOKESTATIC) {
      wanted.add(Type.getObjectType(code.getOwner()));
    }
    wanted.addAll(List.of(Type.getArgumentTypes(code.getDesc())));
    for (int i = 0; i < captured.length; i++) {
      out.visitVarInsn(ALOAD, 0);
      out.visitFieldInsn(GETFIELD, name, "c" + i, captured[i].getDescriptor());
    }
    Type[] given = declared.getArgumentTypes();
    for (int i = 0, local = 1; i < given.length; local += given[i++].getSize()) {
      out.visitVarInsn(given[i].getOpcode(ILOAD), local);
      Type cast = used.getArgumentTypes()[i];
      if (given[i].getSort() >= Type.ARRAY && !given[i].equals(cast)) {
        out.visitTypeInsn(CHECKCAST, cast.getInternalName());
      }
      convert(
          out, given[i].getSort() >= Type.ARRAY ? cast : given[i], wanted.get(captured.length + i));
    }
    int opcode =
        switch (code.getTag()) {
          case H_INVOKESTATIC -> INVOKESTATIC;
          case H_INVOKEINTERFACE -> INVOKEINTERFACE;
          case H_NEWINVOKESPECIAL -> INVOKESPECIAL;
          default ->
              code.isInterface()
                  ? INVOKEINTERFACE
                  : INVOKEVIRTUAL; // private ones of a nest mate, too
        };
    out.visitMethodInsn(
        opcode, code.getOwner(), code.getName(), code.getDesc(), code.isInterface());
    Type made = isNew ? Type.getObjectType(code.getOwner()) : Type.getReturnType(code.getDesc());
    Type result = declared.getReturnType();
    if (result.getSort() == Type.VOID) {
      if (made.getSize() > 0) {
        out.visitInsn(made.getSize() == 2 ? POP2 : POP);
      }
    } else {
      convert(out, made, result);
    }
    out.visitInsn(result.getOpcode(IRETURN));
    out.visitMaxs(0, 0);
  }

  /**
   * Boxes, unboxes and widens as the metafactory does; of references the caller knows the class.
   */
  private static void convert(MethodVisitor out, Type from, Type to) {
    boolean fromReference = from.getSort() >= Type.ARRAY;
    boolean toReference = to.getSort() >= Type.ARRAY;
    if (fromReference && toReference) {
      if (!to.getInternalName().equals("java/lang/Object") && !from.equals(to)) {
        out.visitTypeInsn(CHECKCAST, to.getInternalName());
      }
    } else if (toReference) {
      Type box = box(from);
      String desc = Type.getMethodDescriptor(box, from);
      out.visitMethodInsn(INVOKESTATIC, box.getInternalName(), "valueOf", desc, false);
    } else if (fromReference) {
      Type primitive = primitive(from);
      if (primitive == null) {
        primitive = to;
        out.visitTypeInsn(CHECKCAST, box(to).getInternalName());
      }
      String desc = Type.getMethodDescriptor(primitive);
      String method = primitive.getClassName() + "Value";
      out.visitMethodInsn(INVOKEVIRTUAL, box(primitive).getInternalName(), method, desc, false);
      widen(out, primitive, to);
    } else {
      widen(out, from, to);
    }
  }

  private static void widen(MethodVisitor out, Type from, Type to) {
    if (from.equals(to) || (from.getSort() < Type.INT && to.getSort() == Type.INT)) {
      return;
    }
    boolean isInt = from.getSort() <= Type.INT;
    if (isInt && to.getSort() == Type.LONG) {
      out.visitInsn(I2L);
    } else if (isInt && to.getSort() == Type.DOUBLE) {
      out.visitInsn(I2D);
    } else if (from.getSort() == Type.LONG && to.getSort() == Type.DOUBLE) {
      out.visitInsn(L2D);
    } else {
      throw new IllegalStateException("from " + from + " to " + to);
    }
  }

  private static final Map<Type, Type> BOXES =
      Map.of(
          Type.BOOLEAN_TYPE, Type.getType(Boolean.class),
          Type.BYTE_TYPE, Type.getType(Byte.class),
          Type.CHAR_TYPE, Type.getType(Character.class),
          Type.SHORT_TYPE, Type.getType(Short.class),
          Type.INT_TYPE, Type.getType(Integer.class),
          Type.LONG_TYPE, Type.getType(Long.class),
          Type.FLOAT_TYPE, Type.getType(Float.class),
          Type.DOUBLE_TYPE, Type.getType(Double.class));

  private static Type box(Type primitive) {
    return BOXES.get(primitive);
  }

  private static Type primitive(Type box) {
    for (Map.Entry<Type, Type> entry : BOXES.entrySet()) {
      if (entry.getValue().equals(box)) {
        return entry.getKey();
      }
    }
    return null;
  }
}
