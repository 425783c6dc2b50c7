/*
 * The system-call list runner for aarch64; record.inc describes its input. Both entries are landing pads for indirect
 * branches (BTI) and sign their return address (PAC); on processors without either these instructions do nothing.
 */

        .set    WORD, 8
        .include "record.inc"

        .set    FRAME_SIZE, ARGUMENTS + 6 * WORD

        .set    NR_WRITE, 64
        .set    NR_EXIT_GROUP, 94

        .arch   armv8.3-a
        .text
        .cfi_sections .debug_frame
.Lstart:

        .ifndef LIBRARY
/* Run the list, then jump to the original target; x16 and x17 are scratch registers (AAPCS64). */
        .cfi_startproc
        bti     jc
        paciasp
        .cfi_negate_ra_state
        str     x30, [sp, #-16]!
        .cfi_adjust_cfa_offset 16
        .cfi_rel_offset x30, 0
        bl      .Lrun
        ldr     x30, [sp], #16
        .cfi_adjust_cfa_offset -16
        .cfi_restore x30
        autiasp
        .cfi_negate_ra_state
        adr     x16, .Lstart-HEADER_SIZE
        ldr     x17, [x16, #HEADER_TARGET]
        add     x16, x16, x17
        br      x16
        .cfi_endproc

/* Call the original target, then run the list and return. */
        .org    .Lstart + POST_ENTRY, 0
        .cfi_startproc
        bti     c
        paciasp
        .cfi_negate_ra_state
        stp     x29, x30, [sp, #-16]!
        .cfi_adjust_cfa_offset 16
        .cfi_rel_offset x29, 0
        .cfi_rel_offset x30, 8
        mov     x29, sp
        adr     x16, .Lstart-HEADER_SIZE
        ldr     x17, [x16, #HEADER_TARGET]
        add     x16, x16, x17
        blr     x16
        bl      .Lrun
        ldp     x29, x30, [sp], #16
        .cfi_adjust_cfa_offset -16
        .cfi_restore x29
        .cfi_restore x30
        autiasp
        .cfi_negate_ra_state
        ret
        .cfi_endproc

        .else
        begin_hardwire_run
        .endif

/*
 * x9: blob, x10: record, w11: records left, w12: kinds of the remaining arguments, x13: index of the argument.
 * All registers but x16, x17 and the flags are preserved.
 */
.Lrun:
        .cfi_startproc
        .irp    pair, "x0, x1", "x2, x3", "x4, x5", "x6, x7", "x8, x9", "x10, x11", "x12, x13", "x14, x15"
        stp     \pair, [sp, #-16]!
        .cfi_adjust_cfa_offset 16
        .endr
        sub     sp, sp, #FRAME_SIZE
        .cfi_adjust_cfa_offset FRAME_SIZE
        mov     x13, sp
        add     x14, sp, #FRAME_SIZE
.Lzero:
        stp     xzr, xzr, [x13], #16
        cmp     x13, x14
        b.ne    .Lzero
        .ifdef LIBRARY
        mov     x9, x0
        .else
        adr     x9, .Lstart-HEADER_SIZE
        .endif
        ldr     w10, [x9, #HEADER_RECORDS]
        add     x10, x9, x10
        ldr     w11, [x9, #HEADER_COUNT]
.Lnext:
        cbz     w11, .Ldone
        ldr     w12, [x10, #RECORD_KINDS]
        mov     x13, #0
.Largument:
        add     x14, x10, x13, lsl #3
        ldr     x14, [x14, #RECORD_ARGUMENTS]
        and     w15, w12, #15
        lsr     w12, w12, #4
        cbz     w15, .Lvalue
        cmp     w15, #2
        b.lo    .Lblob
        b.eq    .Lscratch
        ldr     x14, [sp, x14]
        b       .Lvalue
.Lblob:
        add     x14, x14, x9
        b       .Lvalue
.Lscratch:
        mov     x15, sp
        add     x14, x14, x15
.Lvalue:
        add     x15, sp, x13, lsl #3
        str     x14, [x15, #ARGUMENTS]
        add     x13, x13, #1
        cmp     x13, #6
        b.ne    .Largument
        add     x15, sp, #ARGUMENTS
        ldp     x0, x1, [x15]
        ldp     x2, x3, [x15, #16]
        ldp     x4, x5, [x15, #32]
        ldrh    w8, [x10]
        mov     w15, #STORE
        cmp     w8, w15
        b.eq    .Lstore
        svc     #0
        ldrb    w15, [x10, #RECORD_RESULT]
        cmp     w15, #0xff
        b.eq    .Ltest
        str     x0, [sp, x15, lsl #3]
.Ltest:
        ldrb    w15, [x10, #RECORD_FAILURE]
        cbz     w15, .Lsuccess                  // 0: cannot fail
        cmp     w15, #1
        b.ne    .Lnonzero
        cmn     x0, #4095
        b.hs    .Lfailure
        b       .Lsuccess
.Lnonzero:
        cbnz    x0, .Lfailure
.Lsuccess:
        ldrb    w14, [x10, #RECORD_SKIP_ON_SUCCESS]
.Lskip:
        add     w14, w14, #1
        subs    w11, w11, w14
        b.lo    .Lstop                          // only a corrupt list skips past its end
        add     x10, x10, x14, lsl #6
        b       .Lnext
.Lstore:
        str     x0, [sp, x1]
        str     x2, [sp, x3]
        str     x4, [sp, x5]
        b       .Lsuccess
.Lfailure:
        ldrb    w14, [x10, #RECORD_SKIP_ON_FAILURE]
        cbnz    w14, .Lskip

/* The message, the result as a signed decimal number and a new line; built downwards in the scratch area. */
        mov     x12, x0
        mov     x0, #2
        ldr     w1, [x10, #RECORD_MESSAGE]
        add     x1, x1, x9
        ldrh    w2, [x10, #RECORD_MESSAGE_LENGTH]
        mov     x8, #NR_WRITE
        svc     #0
        add     x1, sp, #SCRATCH_SIZE-1
        mov     x14, #10
        strb    w14, [x1]
        cmp     x12, #0
        cneg    x13, x12, mi
.Ldigit:
        udiv    x15, x13, x14
        msub    x2, x15, x14, x13
        add     w2, w2, #'0'
        strb    w2, [x1, #-1]!
        mov     x13, x15
        cbnz    x13, .Ldigit
        tbz     x12, #63, .Lprint
        mov     w2, #'-'
        strb    w2, [x1, #-1]!
.Lprint:
        add     x2, sp, #SCRATCH_SIZE
        sub     x2, x2, x1
        mov     x0, #2
        mov     x8, #NR_WRITE
        svc     #0
.Lstop:
        mov     x0, #EXIT_SETUP_FAILED
        mov     x8, #NR_EXIT_GROUP
        svc     #0
        udf     #0
        b       .Lstop
.Ldone:
        add     sp, sp, #FRAME_SIZE
        .cfi_adjust_cfa_offset -FRAME_SIZE
        .irp    pair, "x14, x15", "x12, x13", "x10, x11", "x8, x9", "x6, x7", "x4, x5", "x2, x3", "x0, x1"
        ldp     \pair, [sp], #16
        .cfi_adjust_cfa_offset -16
        .endr
        ret
        .cfi_endproc
        .section .note.GNU-stack, "", %progbits
