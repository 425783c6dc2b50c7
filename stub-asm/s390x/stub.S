/*
 * The system-call list runner for s390x; record.inc describes its input. At the entry of a process r14 holds the
 * function that the dynamic linker registers for the exit, and no register save area is above the stack pointer.
 */

        .set    WORD, 8
        .include "record.inc"

        .set    SAVED, ARGUMENTS + 6 * WORD
        .set    FRAME_SIZE, SAVED + 15 * WORD
        .set    CALL_SIZE, 160 + 2 * WORD       /* the callee's register save area, and r14 */

        .set    NR_WRITE, 4
        .set    NR_EXIT_GROUP, 248

        .machine z10
        .text
        .cfi_sections .debug_frame
.Lstart:

        .ifndef LIBRARY
/* Run the list, then jump to the original target; r0 and r1 are volatile. */
        .cfi_startproc
        aghi    %r15, -2 * WORD
        .cfi_adjust_cfa_offset 2 * WORD
        stg     %r14, WORD(%r15)
        .cfi_rel_offset %r14, WORD
        brasl   %r14, .Lrun
        lg      %r14, WORD(%r15)
        .cfi_restore %r14
        aghi    %r15, 2 * WORD
        .cfi_adjust_cfa_offset -2 * WORD
        larl    %r1, .Lstart-HEADER_SIZE
        ag      %r1, HEADER_TARGET(%r1)
        br      %r1
        .cfi_endproc

/* Call the original target, then run the list and return. */
        .org    .Lstart + POST_ENTRY, 0
        .cfi_startproc
        lgr     %r0, %r15
        aghi    %r15, -CALL_SIZE
        .cfi_adjust_cfa_offset CALL_SIZE
        stg     %r0, 0(%r15)                    /* back chain */
        stg     %r14, CALL_SIZE - WORD(%r15)
        .cfi_rel_offset %r14, CALL_SIZE - WORD
        larl    %r1, .Lstart-HEADER_SIZE
        ag      %r1, HEADER_TARGET(%r1)
        basr    %r14, %r1
        brasl   %r14, .Lrun
        lg      %r14, CALL_SIZE - WORD(%r15)
        .cfi_restore %r14
        aghi    %r15, CALL_SIZE
        .cfi_adjust_cfa_offset -CALL_SIZE
        br      %r14
        .cfi_endproc

        .else
        begin_hardwire_run
        .endif

/*
 * r8: blob, r9: record, r10: records left, r11: kinds of the remaining arguments, r12: index of the argument, times 8.
 * All registers but the condition code are preserved.
 */
.Lrun:
        .cfi_startproc
        aghi    %r15, -FRAME_SIZE
        .cfi_adjust_cfa_offset FRAME_SIZE
        stmg    %r0, %r14, SAVED(%r15)
        .ifdef LIBRARY
        lgr     %r8, %r2
        .else
        larl    %r8, .Lstart-HEADER_SIZE
        .endif
        lghi    %r0, 0
        lghi    %r1, 0
.Lzero:
        stg     %r0, 0(%r1, %r15)
        aghi    %r1, WORD
        cghi    %r1, SAVED
        jne     .Lzero
        llgf    %r9, HEADER_RECORDS(%r8)
        agr     %r9, %r8
        llgf    %r10, HEADER_COUNT(%r8)
.Lnext:
        ltgr    %r10, %r10
        jz      .Ldone
        llgf    %r11, RECORD_KINDS(%r9)
        lghi    %r12, 0
.Largument:
        lg      %r1, RECORD_ARGUMENTS(%r12, %r9)
        lghi    %r13, 15
        ngr     %r13, %r11
        srlg    %r11, %r11, 4
        jz      .Lvalue                         /* the condition code is still that of ngr */
        cghi    %r13, 2
        jl      .Lblob
        agr     %r1, %r15
        cghi    %r13, 2
        je      .Lvalue
        lg      %r1, 0(%r1)
        j       .Lvalue
.Lblob:
        agr     %r1, %r8
.Lvalue:
        stg     %r1, ARGUMENTS(%r12, %r15)
        aghi    %r12, WORD
        cghi    %r12, 6 * WORD
        jne     .Largument
        lmg     %r2, %r7, ARGUMENTS(%r15)
        llgh    %r1, 0(%r9)
        clgfi   %r1, STORE
        je      .Lstore
        svc     0
        llgc    %r1, RECORD_RESULT(%r9)
        cghi    %r1, 0xff
        je      .Ltest
        sllg    %r1, %r1, 3
        stg     %r2, 0(%r1, %r15)
.Ltest:
        llgc    %r1, RECORD_FAILURE(%r9)
        cghi    %r1, 1
        jl      .Lsuccess                       /* 0: cannot fail */
        jh      .Lnonzero
        lghi    %r1, -4096
        clgr    %r2, %r1
        jh      .Lfailure
        j       .Lsuccess
.Lnonzero:
        ltgr    %r2, %r2
        jnz     .Lfailure
.Lsuccess:
        llgc    %r1, RECORD_SKIP_ON_SUCCESS(%r9)
.Lskip:
        aghi    %r1, 1
        slgr    %r10, %r1
        jl      .Lstop                          /* only a corrupt list skips past its end */
        sllg    %r1, %r1, 6
        agr     %r9, %r1
        j       .Lnext
.Lstore:
        stg     %r2, 0(%r3, %r15)
        stg     %r4, 0(%r5, %r15)
        stg     %r6, 0(%r7, %r15)
        j       .Lsuccess
.Lfailure:
        llgc    %r1, RECORD_SKIP_ON_FAILURE(%r9)
        ltgr    %r1, %r1
        jnz     .Lskip

/* The message, the result as a signed decimal number and a new line; built downwards in the scratch area. */
        lgr     %r11, %r2
        lghi    %r2, 2
        llgf    %r3, RECORD_MESSAGE(%r9)
        agr     %r3, %r8
        llgh    %r4, RECORD_MESSAGE_LENGTH(%r9)
        svc     NR_WRITE
        la      %r3, SCRATCH_SIZE - 1(%r15)
        mvi     0(%r3), '\n'
        lpgr    %r1, %r11
        lghi    %r12, 10
.Ldigit:
        lghi    %r0, 0
        dlgr    %r0, %r12                       /* r0 and r1 by 10: remainder in r0, quotient in r1 */
        ahi     %r0, '0'
        aghi    %r3, -1
        stc     %r0, 0(%r3)
        ltgr    %r1, %r1
        jnz     .Ldigit
        ltgr    %r11, %r11
        jnm     .Lprint
        aghi    %r3, -1
        mvi     0(%r3), '-'
.Lprint:
        la      %r4, SCRATCH_SIZE(%r15)
        sgr     %r4, %r3
        lghi    %r2, 2
        svc     NR_WRITE
.Lstop:
        lghi    %r2, EXIT_SETUP_FAILED
        svc     NR_EXIT_GROUP
        .short  0                               /* no instruction */
        j       .Lstop
.Ldone:
        lmg     %r0, %r14, SAVED(%r15)
        aghi    %r15, FRAME_SIZE
        .cfi_adjust_cfa_offset -FRAME_SIZE
        br      %r14
        .cfi_endproc
        .section .note.GNU-stack, "", @progbits
