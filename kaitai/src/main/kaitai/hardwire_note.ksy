meta:
  id: hardwire_note
  ks-version: 0.10
  endian: le
seq:
  - id: x
    type: u4
