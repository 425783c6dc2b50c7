/*
 * The system-call list runner for arm, EABI version 5; record.inc describes its input. It is A32 code that Thumb code
 * may enter and return to: bit 0 of the target in the header selects its instruction set. It uses only
 * instructions of ARMv5T, because programs of this ABI exist for such processors: no division, no movw.
 */

        .set    WORD, 4
        .include "record.inc"

        .set    FRAME_SIZE, ARGUMENTS + 6 * WORD
        .set    SAVED_SIZE, 14 * WORD

        .set    NR_WRITE, 4
        .set    NR_EXIT_GROUP, 248

        .syntax unified
        .arch   armv5t
        .arm
        .text
        .cfi_sections .debug_frame
.Lstart:

        .ifndef LIBRARY
/* Run the list, then jump to the original target; ip is a scratch register (AAPCS32). */
        .cfi_startproc
        push    {ip, lr}
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset lr, 4
        bl      .Lrun
        sub     ip, pc, #. + 8 - .Lstart + HEADER_SIZE
        ldr     lr, [ip, #HEADER_TARGET]
        add     ip, ip, lr
        ldr     lr, [sp, #4]
        add     sp, sp, #8
        .cfi_adjust_cfa_offset -8
        .cfi_restore lr
        bx      ip
        .cfi_endproc

/* Call the original target, then run the list and return. */
        .org    .Lstart + POST_ENTRY, 0
        .cfi_startproc
        push    {r4, lr}
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r4, 0
        .cfi_rel_offset lr, 4
        sub     ip, pc, #. + 8 - .Lstart + HEADER_SIZE
        ldr     lr, [ip, #HEADER_TARGET]
        add     ip, ip, lr
        blx     ip
        bl      .Lrun
        pop     {r4, pc}
        .cfi_endproc

        .else
        begin_hardwire_run
        .endif

/*
 * r8: blob, r9: record, r10: records left, r11: kinds of the remaining arguments, r12: index of the argument, times 4.
 * All registers but the flags are preserved.
 */
.Lrun:
        .cfi_startproc
        push    {r0-r12, lr}
        .cfi_adjust_cfa_offset SAVED_SIZE
        .cfi_rel_offset lr, SAVED_SIZE - WORD
        sub     sp, sp, #FRAME_SIZE
        .cfi_adjust_cfa_offset FRAME_SIZE
        .ifdef LIBRARY
        mov     r8, r0
        .endif
        mov     r0, sp
        add     r1, sp, #FRAME_SIZE
        mov     r2, #0
.Lzero:
        str     r2, [r0], #4
        cmp     r0, r1
        bne     .Lzero
        .ifndef LIBRARY
.Lhere:
        sub     r8, pc, #.Lhere + 8 - .Lstart
        sub     r8, r8, #HEADER_SIZE
        .endif
        ldr     r9, [r8, #HEADER_RECORDS]
        add     r9, r9, r8
        ldr     r10, [r8, #HEADER_COUNT]
.Lnext:
        cmp     r10, #0
        beq     .Ldone
        ldr     r11, [r9, #RECORD_KINDS]
        mov     r12, #0
.Largument:
        add     r6, r9, r12
        ldr     r6, [r6, #RECORD_ARGUMENTS]
        and     r7, r11, #15
        lsr     r11, r11, #4
        cmp     r7, #2
        addeq   r6, r6, sp
        ldrhi   r6, [sp, r6]
        cmp     r7, #1
        addeq   r6, r6, r8
        add     r7, sp, r12
        str     r6, [r7, #ARGUMENTS]
        add     r12, r12, #4
        cmp     r12, #24
        bne     .Largument
        add     r7, sp, #ARGUMENTS
        ldm     r7, {r0-r5}
        ldrh    r7, [r9]
        add     r6, r7, #1
        cmp     r6, #STORE + 1
        beq     .Lstore
        svc     #0
        ldrb    r6, [r9, #RECORD_RESULT]
        cmp     r6, #0xff
        strne   r0, [sp, r6, lsl #2]
        ldrb    r6, [r9, #RECORD_FAILURE]
        cmp     r6, #1
        blo     .Lsuccess                       @ 0: cannot fail
        bhi     .Lnonzero
        cmn     r0, #4096                       @ carry from -4096 up, zero for -4096
        bhi     .Lfailure
        b       .Lsuccess
.Lnonzero:
        cmp     r0, #0
        bne     .Lfailure
.Lsuccess:
        ldrb    r6, [r9, #RECORD_SKIP_ON_SUCCESS]
.Lskip:
        add     r6, r6, #1
        subs    r10, r10, r6
        blo     .Lstop                          @ only a corrupt list skips past its end
        mov     r7, #RECORD_SIZE
        mla     r9, r6, r7, r9
        b       .Lnext
.Lstore:
        str     r0, [sp, r1]
        str     r2, [sp, r3]
        str     r4, [sp, r5]
        b       .Lsuccess
.Lfailure:
        ldrb    r6, [r9, #RECORD_SKIP_ON_FAILURE]
        cmp     r6, #0
        bne     .Lskip

/* The message, the result as a signed decimal number and a new line; built downwards in the scratch area. */
        mov     r11, r0
        mov     r0, #2
        ldr     r1, [r9, #RECORD_MESSAGE]
        add     r1, r1, r8
        ldrh    r2, [r9, #RECORD_MESSAGE_LENGTH]
        mov     r7, #NR_WRITE
        svc     #0
        add     r1, sp, #SCRATCH_SIZE
        sub     r1, r1, #1
        mov     r4, #10
        strb    r4, [r1]
        movs    r3, r11
        rsbmi   r3, r3, #0
        ldr     r5, .Ltenth
.Ldigit:
        umull   r0, r2, r3, r5
        lsr     r2, r2, #3
        mul     r0, r2, r4
        sub     r0, r3, r0
        add     r0, r0, #'0'
        strb    r0, [r1, #-1]!
        movs    r3, r2
        bne     .Ldigit
        cmp     r11, #0
        movlt   r0, #'-'
        strblt  r0, [r1, #-1]!
        add     r2, sp, #SCRATCH_SIZE
        sub     r2, r2, r1
        mov     r0, #2
        mov     r7, #NR_WRITE
        svc     #0
.Lstop:
        mov     r0, #EXIT_SETUP_FAILED
        mov     r7, #NR_EXIT_GROUP
        svc     #0
        udf     #0
        b       .Lstop
.Ltenth:
        .word   0xcccccccd                      /* times 2^35 */
.Ldone:
        add     sp, sp, #FRAME_SIZE
        .cfi_adjust_cfa_offset -FRAME_SIZE
        pop     {r0-r12, pc}
        .cfi_endproc
        .section .note.GNU-stack, "", %progbits
