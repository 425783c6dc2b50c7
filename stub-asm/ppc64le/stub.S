/*
 * The system-call list runner for ppc64le, ELFv2 ABI; record.inc describes its input. It is entered like a function
 * that is called through a pointer, at its global entry, with any value in r12. It has no TOC, preserves r2, and
 * enters the original target with r12 set, from which the target computes its TOC.
 */

        .set    WORD, 8
        .include "record.inc"

        .set    LINKAGE_SIZE, 32                /* back chain, and places for CR, LR and TOC */
        .set    ENTRY_FRAME_SIZE, LINKAGE_SIZE + 16
        .set    SCRATCH, LINKAGE_SIZE           /* from the stack pointer */
        .set    SAVED, SCRATCH + ARGUMENTS + 6 * WORD
        .set    FRAME_SIZE, SAVED + 16 * WORD

        .set    NR_WRITE, 4
        .set    NR_EXIT_GROUP, 234

        .abiversion 2
        .machine power8
        .text
        .cfi_sections .debug_frame
.Lstart:

        .ifndef LIBRARY
/* Run the list, then jump to the original target; r0, r11, r12 and ctr are volatile. */
        .cfi_startproc
        stdu    1, -ENTRY_FRAME_SIZE(1)
        .cfi_adjust_cfa_offset ENTRY_FRAME_SIZE
        mflr    0
        std     0, LINKAGE_SIZE(1)
        .cfi_rel_offset lr, LINKAGE_SIZE
        bl      .Lrun
        bcl     20, 31, .Lpre_here
.Lpre_here:
        mflr    12
        addi    12, 12, .Lstart-HEADER_SIZE-.Lpre_here
        ld      11, HEADER_TARGET(12)
        add     12, 12, 11
        ld      0, LINKAGE_SIZE(1)
        mtlr    0
        .cfi_restore lr
        mtctr   12
        addi    1, 1, ENTRY_FRAME_SIZE
        .cfi_adjust_cfa_offset -ENTRY_FRAME_SIZE
        bctr
        .cfi_endproc

/* Call the original target, then run the list and return. The target may leave another TOC in r2. */
        .org    .Lstart + POST_ENTRY, 0
        .cfi_startproc
        stdu    1, -ENTRY_FRAME_SIZE(1)
        .cfi_adjust_cfa_offset ENTRY_FRAME_SIZE
        mflr    0
        std     0, LINKAGE_SIZE(1)
        .cfi_rel_offset lr, LINKAGE_SIZE
        std     2, 24(1)
        bcl     20, 31, .Lpost_here
.Lpost_here:
        mflr    12
        addi    12, 12, .Lstart-HEADER_SIZE-.Lpost_here
        ld      11, HEADER_TARGET(12)
        add     12, 12, 11
        mtctr   12
        bctrl
        ld      2, 24(1)
        bl      .Lrun
        ld      0, LINKAGE_SIZE(1)
        mtlr    0
        .cfi_restore lr
        addi    1, 1, ENTRY_FRAME_SIZE
        .cfi_adjust_cfa_offset -ENTRY_FRAME_SIZE
        blr
        .cfi_endproc

        .else
        begin_hardwire_run
        .endif

/*
 * r26: blob, r27: record, r28: records left, r29: kinds of the remaining arguments, r30: the next argument in the
 * record, r31: where its value is stored. All registers but r0, r11, r12, ctr, xer, cr0 and cr1 are preserved;
 * system calls change some of these. At the entry of a process the word above the stack pointer is not
 * for LR, but the number of arguments.
 */
.Lrun:
        .cfi_startproc
        stdu    1, -FRAME_SIZE(1)
        .cfi_adjust_cfa_offset FRAME_SIZE
        .set    at, SAVED
        .irp    reg, 3, 4, 5, 6, 7, 8, 9, 10, 26, 27, 28, 29, 30, 31
        std     \reg, at(1)
        .set    at, at + WORD
        .endr
        mflr    0
        std     0, at(1)
        .cfi_rel_offset lr, SAVED + 14 * WORD
        .ifdef LIBRARY
        mr      26, 3
        .else
        bcl     20, 31, .Lhere
.Lhere:
        mflr    26
        addi    26, 26, .Lstart-HEADER_SIZE-.Lhere
        .endif
        li      0, (ARGUMENTS + 6 * WORD) / WORD
        mtctr   0
        addi    31, 1, SCRATCH - WORD
        li      0, 0
.Lzero:
        stdu    0, WORD(31)
        bdnz    .Lzero
        lwz     27, HEADER_RECORDS(26)
        add     27, 27, 26
        lwz     28, HEADER_COUNT(26)
.Lnext:
        cmpldi  28, 0
        beq     .Ldone
        lwz     29, RECORD_KINDS(27)
        addi    30, 27, RECORD_ARGUMENTS
        addi    31, 1, SCRATCH + ARGUMENTS
.Largument:
        ld      11, 0(30)
        clrldi  12, 29, 60
        srdi    29, 29, 4
        cmplwi  12, 1
        blt     .Lvalue
        beq     .Lblob
        cmplwi  12, 2
        addi    12, 1, SCRATCH
        bne     .Lword
        add     11, 11, 12
        b       .Lvalue
.Lword:
        ldx     11, 11, 12
        b       .Lvalue
.Lblob:
        add     11, 11, 26
.Lvalue:
        std     11, 0(31)
        addi    30, 30, WORD
        addi    31, 31, WORD
        addi    12, 1, SCRATCH + ARGUMENTS + 6 * WORD
        cmpld   31, 12
        bne     .Largument
        .set    at, SCRATCH + ARGUMENTS
        .irp    reg, 3, 4, 5, 6, 7, 8
        ld      \reg, at(1)
        .set    at, at + WORD
        .endr
        lhz     0, 0(27)
        cmplwi  0, STORE
        beq     .Lstore
        sc
        bns     .Lresult                        /* the kernel signals an error by summary overflow */
        neg     3, 3
.Lresult:
        lbz     12, RECORD_RESULT(27)
        cmplwi  12, 0xff
        beq     .Ltest
        sldi    12, 12, 3
        addi    11, 1, SCRATCH
        stdx    3, 11, 12
.Ltest:
        lbz     12, RECORD_FAILURE(27)
        cmplwi  12, 1
        blt     .Lsuccess                       /* 0: cannot fail */
        bgt     .Lnonzero
        li      11, -4096
        cmpld   3, 11
        bgt     .Lfailure
        b       .Lsuccess
.Lnonzero:
        cmpldi  3, 0
        bne     .Lfailure
.Lsuccess:
        lbz     12, RECORD_SKIP_ON_SUCCESS(27)
.Lskip:
        addi    12, 12, 1
        cmpld   28, 12
        blt     .Lstop                          /* only a corrupt list skips past its end */
        sub     28, 28, 12
        sldi    12, 12, 6
        add     27, 27, 12
        b       .Lnext
.Lstore:
        addi    11, 1, SCRATCH
        stdx    3, 11, 4
        stdx    5, 11, 6
        stdx    7, 11, 8
        b       .Lsuccess
.Lfailure:
        lbz     12, RECORD_SKIP_ON_FAILURE(27)
        cmplwi  12, 0
        bne     .Lskip

/* The message, the result as a signed decimal number and a new line; built downwards in the scratch area. */
        mr      29, 3
        li      3, 2
        lwz     4, RECORD_MESSAGE(27)
        add     4, 4, 26
        lhz     5, RECORD_MESSAGE_LENGTH(27)
        li      0, NR_WRITE
        sc
        addi    4, 1, SCRATCH + SCRATCH_SIZE - 1
        li      30, 10
        stb     30, 0(4)
        mr      31, 29
        cmpdi   29, 0
        bge     .Ldigit
        neg     31, 31
.Ldigit:
        divdu   12, 31, 30
        mulld   11, 12, 30
        sub     11, 31, 11
        addi    11, 11, '0'
        stbu    11, -1(4)
        mr      31, 12
        cmpldi  31, 0
        bne     .Ldigit
        cmpdi   29, 0
        bge     .Lprint
        li      11, '-'
        stbu    11, -1(4)
.Lprint:
        addi    5, 1, SCRATCH + SCRATCH_SIZE
        sub     5, 5, 4
        li      3, 2
        li      0, NR_WRITE
        sc
.Lstop:
        li      3, EXIT_SETUP_FAILED
        li      0, NR_EXIT_GROUP
        sc
        .long   0                               /* no instruction */
        b       .Lstop
.Ldone:
        ld      0, SAVED + 14 * WORD(1)
        mtlr    0
        .cfi_restore lr
        .set    at, SAVED
        .irp    reg, 3, 4, 5, 6, 7, 8, 9, 10, 26, 27, 28, 29, 30, 31
        ld      \reg, at(1)
        .set    at, at + WORD
        .endr
        addi    1, 1, FRAME_SIZE
        .cfi_adjust_cfa_offset -FRAME_SIZE
        blr
        .cfi_endproc
        .section .note.GNU-stack, "", @progbits
