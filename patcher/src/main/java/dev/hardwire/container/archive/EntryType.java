package dev.hardwire.container.archive;

/** What an entry is. */
public enum EntryType {
  FILE('0'),
  HARD_LINK('1'),
  SYMBOLIC_LINK('2'),
  DEVICE('3'),
  BLOCK_DEVICE('4'),
  DIRECTORY('5'),
  PIPE('6');

  private final char flag;

  EntryType(char flag) {
    this.flag = flag;
  }

  char flag() {
    return flag;
  }
}
