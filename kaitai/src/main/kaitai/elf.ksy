meta:
  id: elf
  title: Executable and Linkable Format
  file-extension: elf
  license: Apache-2.0
  ks-version: 0.10
doc: |
  The parts of an ELF file that a loader, a linker or a patcher works with: the file header, and the program
  header, section header, dynamic, symbol, relocation and note tables. 32 and 64 bit, both byte orders.

  Parsing a file reads its header and nothing else. The tables are instances: image.program_headers and
  image.section_headers, and the contents of a segment or section below its header. Each is read when it is
  first used. Every table entry is also a type of its own, so that a reader of untrusted files can check where
  a table lies, and how long it is, before it reads one entry.

  A field with the name that the gABI gives it is a number. Where an enum names its values, FIELD_name is the
  enum value; it is absent (null in Java) if the number is not in the enum. Values between LOPROC and HIPROC
  mean different things on different machines and are not in the enums.
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
    instances:
      os_abi_name:
        value: os_abi
        enum: os_abi
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
    instances:
      section_zero:
        io: _root._io
        pos: header.e_shoff
        size: header.e_shentsize
        type: section_header
        if: header.e_shoff != 0
        doc: The first section header. It holds the numbers that do not fit into the file header.
      num_program_headers:
        value: '(header.e_phnum == 0xffff and header.e_shoff != 0 ? section_zero.sh_info : header.e_phnum).as<u4>'
      num_section_headers:
        value: '(header.e_shnum == 0 and header.e_shoff != 0 ? section_zero.sh_size : header.e_shnum).as<u8>'
      section_names_index:
        value: '(header.e_shstrndx == 0xffff and header.e_shoff != 0 ? section_zero.sh_link : header.e_shstrndx)'
        doc: Index of the section that holds the names of sections; 0 if none does.
      section_names:
        io: _root._io
        pos: header.e_shoff + section_names_index * header.e_shentsize
        size: header.e_shentsize
        type: section_header
        if: section_names_index != 0
      program_headers:
        io: _root._io
        pos: header.e_phoff
        size: header.e_phentsize
        type: program_header
        repeat: expr
        repeat-expr: num_program_headers
      section_headers:
        io: _root._io
        pos: header.e_shoff
        size: header.e_shentsize
        type: section_header
        repeat: expr
        repeat-expr: num_section_headers
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
        instances:
          e_type_name:
            value: e_type
            enum: file_type
          e_machine_name:
            value: e_machine
            enum: machine
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
          p_type_name:
            value: p_type
            enum: segment_type
          body:
            io: _root._io
            pos: p_offset
            size: &filesz p_filesz + 0 # not one name: the style check would want len_dynamic and so on
          interpreter:
            io: _root._io
            pos: p_offset
            size: *filesz
            type: strz
            encoding: UTF-8
            if: p_type == 3
            doc: Path of the dynamic linker; absent unless this is PT_INTERP.
          dynamic:
            io: _root._io
            pos: p_offset
            size: *filesz
            type: dynamic_table
            if: p_type == 2
          notes:
            io: _root._io
            pos: p_offset
            size: *filesz
            type: 'note_table(p_align == 8 ? 8 : 4)'
            if: p_type == 4
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
        instances:
          sh_type_name:
            value: sh_type
            enum: section_type
          name:
            io: _root._io
            pos: _root.image.section_names.sh_offset + sh_name
            type: strz
            encoding: UTF-8
            if: _root.image.section_names_index != 0
          len_body:
            value: '(sh_type == 0 or sh_type == 8 ? 0 : sh_size).as<u8>'
            doc: Bytes in the file. SHT_NULL and SHT_NOBITS have none.
          body:
            io: _root._io
            pos: sh_offset
            size: &len_body len_body + 0 # not one name: the style check would want len_symbols and so on
            if: len_body != 0
          dynamic:
            io: _root._io
            pos: sh_offset
            size: *len_body
            type: dynamic_table
            if: sh_type == 6
          symbols:
            io: _root._io
            pos: sh_offset
            size: *len_body
            type: 'symbol_table(sh_link)'
            if: sh_type == 2 or sh_type == 11
          rels:
            io: _root._io
            pos: sh_offset
            size: *len_body
            type: rel_table
            if: sh_type == 9
          relas:
            io: _root._io
            pos: sh_offset
            size: *len_body
            type: rela_table
            if: sh_type == 4
          notes:
            io: _root._io
            pos: sh_offset
            size: *len_body
            type: 'note_table(sh_addralign == 8 ? 8 : 4)'
            if: sh_type == 7
      dynamic_table:
        doc: The entries of a dynamic section. Entries after the first DT_NULL have no meaning.
        seq:
          - id: entries
            type: dynamic_entry
            repeat: eos
      symbol_table:
        params:
          - id: strings_index
            type: u4
            doc: Index of the section that holds the names of the symbols.
        seq:
          - id: entries
            type: symbol
            repeat: eos
        instances:
          strings_offset:
            value: _root.image.section_headers[strings_index].sh_offset
      rel_table:
        seq:
          - id: entries
            type: rel
            repeat: eos
      rela_table:
        seq:
          - id: entries
            type: rela
            repeat: eos
      note_table:
        params:
          - id: alignment
            type: s4
        seq:
          - id: entries
            type: note(alignment)
            repeat: until
            repeat-until: _io.size - _io.pos < 12
            if: _io.size >= 12
            doc: Fewer bytes than a note's header at the end are padding.
      dynamic_entry:
        doc: Elf32_Dyn or Elf64_Dyn (gABI, Dynamic Section).
        seq:
          - id: d_tag
            type: *word
          - id: d_val
            type: *word
        instances:
          d_tag_name:
            value: d_tag
            enum: dynamic_tag
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
          st_other:
            value: '_root.ident.elf_class == elf_class::class64 ? st_other64 : st_other32'
          st_shndx:
            value: '_root.ident.elf_class == elf_class::class64 ? st_shndx64 : st_shndx32'
          st_bind:
            value: st_info >> 4
          st_type:
            value: st_info & 0xf
          st_visibility:
            value: st_other & 3
          st_bind_name:
            value: st_bind
            enum: symbol_binding
          st_type_name:
            value: st_type
            enum: symbol_type
          st_visibility_name:
            value: st_visibility
            enum: symbol_visibility
          name:
            io: _root._io
            pos: _parent.strings_offset + st_name
            type: strz
            encoding: UTF-8
            doc: Only of a symbol that was read as an entry of a symbol_table.
      rel:
        doc: Elf32_Rel or Elf64_Rel (gABI, Relocation).
        seq:
          - id: r_offset
            type: *word
          - id: r_info
            type: *word
        instances:
          r_sym:
            value: '(_root.ident.elf_class == elf_class::class64 ? (r_info >> 32) & 0xffffffff : r_info >> 8).as<u4>'
            doc: Index into the symbol table that sh_link of the section names.
          r_type:
            value: '(_root.ident.elf_class == elf_class::class64 ? r_info & 0xffffffff : r_info & 0xff).as<u4>'
            doc: Its meaning depends on e_machine.
      rela:
        doc: Elf32_Rela or Elf64_Rela (gABI, Relocation). The addend is signed; it is read as its bits.
        seq:
          - id: r_offset
            type: *word
          - id: r_info
            type: *word
          - id: r_addend
            type: *word
        instances:
          r_sym:
            value: '(_root.ident.elf_class == elf_class::class64 ? (r_info >> 32) & 0xffffffff : r_info >> 8).as<u4>'
            doc: Index into the symbol table that sh_link of the section names.
          r_type:
            value: '(_root.ident.elf_class == elf_class::class64 ? r_info & 0xffffffff : r_info & 0xff).as<u4>'
            doc: Its meaning depends on e_machine.
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
  os_abi:
    0: system_v
    1: hp_ux
    2: netbsd
    3: gnu
    6: solaris
    7: aix
    8: irix
    9: freebsd
    10: tru64
    12: openbsd
    13: openvms
    14: nonstop_kernel
    17: cloudabi
    18: openvos
    64: arm_eabi
    97: arm
    255: standalone
  file_type:
    0: none
    1: relocatable
    2: executable
    3: shared
    4: core
  machine:
    0: none
    2: sparc
    3: i386
    4: m68k
    8: mips
    15: parisc
    18: sparc32plus
    20: ppc
    21: ppc64
    22: s390
    40: arm
    42: sh
    43: sparcv9
    50: ia64
    62: x86_64
    83: avr
    94: xtensa
    105: msp430
    164: hexagon
    183: aarch64
    189: microblaze
    190: cuda
    195: arc_compact2
    224: amdgpu
    243: riscv
    247: bpf
    252: csky
    258: loongarch
    0x9026: alpha
  segment_type:
    0: 'null'
    1: load
    2: dynamic
    3: interp
    4: note
    5: shlib
    6: phdr
    7: tls
    0x6474e550: gnu_eh_frame
    0x6474e551: gnu_stack
    0x6474e552: gnu_relro
    0x6474e553: gnu_property
    0x6474e554: gnu_sframe
    0x65a3dbe6: openbsd_randomize
    0x65a3dbe7: openbsd_wxneeded
    0x65a41be6: openbsd_bootdata
  section_type:
    0: 'null'
    1: progbits
    2: symtab
    3: strtab
    4: rela
    5: hash
    6: dynamic
    7: note
    8: nobits
    9: rel
    10: shlib
    11: dynsym
    14: init_array
    15: fini_array
    16: preinit_array
    17: group
    18: symtab_shndx
    19: relr
    0x6ffffff4: gnu_sframe
    0x6ffffff5: gnu_attributes
    0x6ffffff6: gnu_hash
    0x6ffffff7: gnu_liblist
    0x6ffffffd: gnu_verdef
    0x6ffffffe: gnu_verneed
    0x6fffffff: gnu_versym
  dynamic_tag:
    0: 'null'
    1: needed
    2: pltrelsz
    3: pltgot
    4: hash
    5: strtab
    6: symtab
    7: rela
    8: relasz
    9: relaent
    10: strsz
    11: syment
    12: init
    13: fini
    14: soname
    15: rpath
    16: symbolic
    17: rel
    18: relsz
    19: relent
    20: pltrel
    21: debug
    22: textrel
    23: jmprel
    24: bind_now
    25: init_array
    26: fini_array
    27: init_arraysz
    28: fini_arraysz
    29: runpath
    30: flags
    32: preinit_array
    33: preinit_arraysz
    34: symtab_shndx
    35: relrsz
    36: relr
    37: relrent
    0x6ffffdf5: gnu_prelinked
    0x6ffffdf6: gnu_conflictsz
    0x6ffffdf7: gnu_liblistsz
    0x6ffffdf8: checksum
    0x6ffffdf9: pltpadsz
    0x6ffffdfa: moveent
    0x6ffffdfb: movesz
    0x6ffffdfc: feature_1
    0x6ffffdfd: posflag_1
    0x6ffffdfe: syminsz
    0x6ffffdff: syminent
    0x6ffffef5: gnu_hash
    0x6ffffef6: tlsdesc_plt
    0x6ffffef7: tlsdesc_got
    0x6ffffef8: gnu_conflict
    0x6ffffef9: gnu_liblist
    0x6ffffefa: config
    0x6ffffefb: depaudit
    0x6ffffefc: audit
    0x6ffffefd: pltpad
    0x6ffffefe: movetab
    0x6ffffeff: syminfo
    0x6ffffff0: versym
    0x6ffffff9: relacount
    0x6ffffffa: relcount
    0x6ffffffb: flags_1
    0x6ffffffc: verdef
    0x6ffffffd: verdefnum
    0x6ffffffe: verneed
    0x6fffffff: verneednum
    0x7ffffffd: auxiliary
    0x7fffffff: filter
  symbol_binding:
    0: local
    1: global
    2: weak
    10: gnu_unique
  symbol_type:
    0: notype
    1: object
    2: func
    3: section
    4: file
    5: common
    6: tls
    10: gnu_ifunc
  symbol_visibility:
    0: default
    1: internal
    2: hidden
    3: protected
