meta:
  id: elf
  title: Executable and Linkable Format
  file-extension: elf
  license: Apache-2.0
  ks-version: 0.10
doc: |
  The parts of an ELF file that a loader, a linker or a patcher works with: the file header and the entries
  of the program header, section header, dynamic, symbol, relocation and note tables. 32 and 64 bit, both
  byte orders.

  Parsing a file reads its header and nothing else. Every table entry is a type of its own, so that a reader
  can check where a table lies, and how long it is, before it reads one entry of it.
doc-ref: https://gabi.xinuos.com/
seq:
  - id: ident
    type: ident
  - id: image
    type: image
types:
  ident:
    doc: e_ident, whose layout depends neither on class nor on byte order (gABI, ELF Identification).
    seq:
      - id: magic
        contents: [0x7f, "ELF"]
      - id: elf_class
        type: u1
        enum: elf_class
      - id: data
        type: u1
        enum: data_encoding
      - id: version
        type: u1
      - id: os_abi
        type: u1
      - id: abi_version
        type: u1
      - id: padding
        size: 7
  image:
    doc: Everything whose byte order e_ident decides.
    meta:
      endian:
        switch-on: _root.ident.data
        cases:
          'data_encoding::lsb': le
          'data_encoding::msb': be
    seq:
      - id: header
        type: file_header
    types:
      file_header:
        doc: Elf32_Ehdr or Elf64_Ehdr without e_ident (gABI, ELF Header).
        seq:
          - id: e_type
            type: u2
          - id: e_machine
            type: u2
          - id: e_version
            type: u4
          - id: e_entry
            type: &word # an address, an offset or a size, as wide as the class
              switch-on: _root.ident.elf_class
              cases:
                'elf_class::class32': u4
                'elf_class::class64': u8
          - id: e_phoff
            type: *word
          - id: e_shoff
            type: *word
          - id: e_flags
            type: u4
          - id: e_ehsize
            type: u2
          - id: e_phentsize
            type: u2
          - id: e_phnum
            type: u2
          - id: e_shentsize
            type: u2
          - id: e_shnum
            type: u2
          - id: e_shstrndx
            type: u2
      program_header:
        doc: Elf32_Phdr or Elf64_Phdr; p_flags stands in different places (gABI, Program Header).
        seq:
          - id: p_type
            type: u4
          - id: p_flags64
            type: u4
            if: _root.ident.elf_class == elf_class::class64
          - id: p_offset
            type: *word
          - id: p_vaddr
            type: *word
          - id: p_paddr
            type: *word
          - id: p_filesz
            type: *word
          - id: p_memsz
            type: *word
          - id: p_flags32
            type: u4
            if: _root.ident.elf_class == elf_class::class32
          - id: p_align
            type: *word
        instances:
          p_flags:
            value: '_root.ident.elf_class == elf_class::class64 ? p_flags64 : p_flags32'
      section_header:
        doc: Elf32_Shdr or Elf64_Shdr (gABI, Section Header).
        seq:
          - id: sh_name
            type: u4
          - id: sh_type
            type: u4
          - id: sh_flags
            type: *word
          - id: sh_addr
            type: *word
          - id: sh_offset
            type: *word
          - id: sh_size
            type: *word
          - id: sh_link
            type: u4
          - id: sh_info
            type: u4
          - id: sh_addralign
            type: *word
          - id: sh_entsize
            type: *word
      dynamic_entry:
        doc: Elf32_Dyn or Elf64_Dyn (gABI, Dynamic Section).
        seq:
          - id: d_tag
            type: *word
          - id: d_val
            type: *word
      symbol:
        doc: Elf32_Sym or Elf64_Sym; the fields stand in different orders (gABI, Symbol Table).
        seq:
          - id: st_name
            type: u4
          - id: st_info64
            type: u1
            if: _root.ident.elf_class == elf_class::class64
          - id: st_other64
            type: u1
            if: _root.ident.elf_class == elf_class::class64
          - id: st_shndx64
            type: u2
            if: _root.ident.elf_class == elf_class::class64
          - id: st_value
            type: *word
          - id: st_size
            type: *word
          - id: st_info32
            type: u1
            if: _root.ident.elf_class == elf_class::class32
          - id: st_other32
            type: u1
            if: _root.ident.elf_class == elf_class::class32
          - id: st_shndx32
            type: u2
            if: _root.ident.elf_class == elf_class::class32
        instances:
          st_info:
            value: '_root.ident.elf_class == elf_class::class64 ? st_info64 : st_info32'
          st_shndx:
            value: '_root.ident.elf_class == elf_class::class64 ? st_shndx64 : st_shndx32'
      rel:
        doc: Elf32_Rel or Elf64_Rel (gABI, Relocation).
        seq:
          - id: r_offset
            type: *word
          - id: r_info
            type: *word
      rela:
        doc: Elf32_Rela or Elf64_Rela (gABI, Relocation). The addend is signed; it is read as its bits.
        seq:
          - id: r_offset
            type: *word
          - id: r_info
            type: *word
          - id: r_addend
            type: *word
      note:
        doc: One entry of a PT_NOTE segment or SHT_NOTE section that starts where its stream does (gABI, Note Section).
        params:
          - id: alignment
            type: s4
            doc: 4, or 8 where the segment's p_align is 8.
        seq:
          - id: len_name
            type: u4
          - id: len_desc
            type: u4
          - id: n_type
            type: u4
          - id: name
            size: len_name
          - id: name_padding
            size: (alignment - _io.pos) % alignment
          - id: desc
            size: len_desc
          - id: desc_padding
            size: (alignment - _io.pos) % alignment
            if: not _io.eof
            doc: Some linkers leave it out behind the last note.
enums:
  elf_class:
    1: class32
    2: class64
  data_encoding:
    1: lsb
    2: msb
