meta:
  id: hardwire_note
  title: Notes and blob that Hardwire adds to an executable
  license: Apache-2.0
  ks-version: 0.10
doc: |
  The descriptors of the notes with the owner "Hardwire", and the structures of the blob that the setup note
  points to. Every type is read from the start of its own stream: a note's descriptor, or the place in the
  executable that the note or the blob header names. Integers have the byte order of the executable.

  docs/format.md explains what each part means.
params:
  - id: big_endian
    type: bool
    doc: Whether the executable's EI_DATA is ELFDATA2MSB.
types:
  body:
    doc: Holds the types whose byte order the parameter decides.
    meta:
      endian:
        switch-on: _root.big_endian
        cases:
          false: le
          true: be
    types:
      policy:
        doc: Note type 0x48570001. The policy that is enforced, in canonical text.
        seq:
          - id: version
            type: u4
            doc: 1
          - id: len_text
            type: u4
          - id: sha256
            size: 32
            doc: The SHA-256 digest of the text.
          - id: text
            size: len_text
            doc: UTF-8. Zeros up to a multiple of 8 bytes follow.
      setup:
        doc: Note type 0x48570002. Where the blob is and what leads to it.
        seq:
          - id: version
            type: u4
            doc: 1
          - id: mode
            type: u2
            enum: mode
          - id: hook
            type: u2
            enum: hook
          - id: blob_address
            type: u8
            doc: Virtual address of the blob header, before a load bias is added.
          - id: len_blob
            type: u8
            doc: Bytes from there to the end of the segment that holds the blob.
          - id: hook_address
            type: u8
            doc: |
              Virtual address of the word that was redirected to the stub, an element of the init array;
              0 for the hooks entry and first, which redirect e_entry.
      patch_record:
        doc: Note type 0x48570003. What is needed to get the original file back.
        seq:
          - id: version
            type: u4
            doc: 1
          - id: num_ranges
            type: u4
          - id: original_size
            type: u8
            doc: Bytes; everything from here on was appended.
          - id: original_sha256
            size: 32
          - id: major
            type: u2
            doc: Major number of the version of Hardwire that made the patch.
          - id: minor
            type: u2
          - id: patch
            type: u2
          - id: reserved
            type: u2
            doc: 0
          - id: ranges
            type: range
            repeat: expr
            repeat-expr: num_ranges
            doc: In ascending order, without overlap. Zeros up to a multiple of 8 bytes follow.
      range:
        doc: Bytes of the original that the patch changed.
        seq:
          - id: file_offset
            type: u8
          - id: len_old
            type: u4
          - id: old
            size: len_old
      blob_header:
        doc: The 64 bytes at the start of the blob. Offsets count from its first byte.
        seq:
          - id: magic
            contents: HARDWIRE
          - id: version
            type: u2
            doc: 1
          - id: machine
            type: u2
            doc: e_machine of the stub.
          - id: flags
            type: u4
            doc: |
              0 in executables. In the shared library that runs setup programs: 1 it looks for them in the main
              program, 2 it builds a filter from environment variables, 4 a program for which no policy is found is
              never started, 8 such a program is started unconfined. In the launcher: 2 as above, 16 the built-in policy
              denies execve.
          - id: target
            type: u8
            doc: |
              Virtual address of the code that the hook replaced, minus that of the blob, modulo 2^64. In files for arm
              bit 0 says that the code is Thumb.
          - id: ofs_records
            type: u4
          - id: num_records
            type: u4
          - id: ofs_code
            type: u4
            doc: 64
          - id: len_code
            type: u4
          - id: ofs_data
            type: u4
          - id: len_data
            type: u4
          - id: len_blob
            type: u8
            doc: As in the setup note.
          - id: reserved
            size: 8
            doc: Zeros.
      signature_block:
        doc: |
          The contents of the section .hardwire.sig, the last section of a signed file and the last bytes of it,
          unless the file had bytes behind all that its headers name when it was signed: then those follow again.

          The signature covers the file from its first byte up to and including the field reserved, with one
          change: sh_size of .hardwire.sig counts as zero. That field and the bytes behind reserved are the
          signature's own place; the file's size decides sh_size and what follows. Cutting a signed file to unsigned_size and putting
          the four old values back into its file header gives the file before it was signed.
        seq:
          - id: magic
            contents: HWSIGNED
          - id: version
            type: u4
            doc: 1
          - id: old_shentsize
            type: u2
            doc: e_shentsize before the file was signed.
          - id: old_shnum
            type: u2
            doc: e_shnum before the file was signed.
          - id: unsigned_size
            type: u8
            doc: Bytes of the file before it was signed.
          - id: old_shoff
            type: u8
            doc: e_shoff before the file was signed; 0 if it had no section header table.
          - id: old_shstrndx
            type: u2
            doc: e_shstrndx before the file was signed.
          - id: reserved
            size: 6
            doc: Zeros.
          - id: len_cms
            type: u4
          - id: reserved2
            size: 4
            doc: Zeros.
          - id: cms
            size: len_cms
            doc: |
              A ContentInfo of RFC 5652 in DER: SignedData with detached content of type id-data, and a SignerInfo
              for each signature. Zeros up to a multiple of 8 bytes follow.
      record_head:
        doc: What a record has before its arguments.
        seq:
          - id: number
            type: u2
            doc: The system call's number; 0xffff stores into scratch.
          - id: result_word
            type: u1
            doc: The scratch word that takes the result; 0xff for none.
          - id: failure
            type: u1
            enum: failure
          - id: skip_on_failure
            type: u1
            doc: Records to skip when the call fails; 0 stops the program.
          - id: skip_on_success
            type: u1
          - id: len_message
            type: u2
          - id: kinds
            type: u4
            doc: Six 4-bit argument kinds, the first argument's lowest. See argument_kind.
          - id: ofs_message
            type: u4
      record:
        doc: One system call of the setup program, for a 64-bit target.
        seq:
          - id: head
            type: record_head
          - id: arguments
            type: u8
            repeat: expr
            repeat-expr: 6
            doc: For a store, three pairs of a value and the scratch offset that takes it.
      record32:
        doc: The same for a 32-bit target.
        seq:
          - id: head
            type: record_head
          - id: arguments
            type: u4
            repeat: expr
            repeat-expr: 6
            doc: As in record.
enums:
  mode:
    1: stub
    2: needed
  hook:
    0: none
    1: init
    2: post_init
    3: entry
    4: first
  failure:
    0: never
    1: error
    2: non_zero
  argument_kind:
    0: value
    1: blob
    2: scratch
    3: scratch_word
