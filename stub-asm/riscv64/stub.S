/* The system-call list runner for riscv64; record.inc describes its input. */

        .set    WORD, 8
        .include "record.inc"

        .set    SAVED, ARGUMENTS + 6 * WORD
        .set    FRAME_SIZE, SAVED + 16 * WORD

        .set    NR_WRITE, 64
        .set    NR_EXIT_GROUP, 94

/* Where code reads its own address. The assembler accepts no differences of labels here; .org fails if a value is too low. */
        .set    PRE_HERE, 5 * 4
        .set    POST_HERE, POST_ENTRY + 2 * 4
        .set    RUN_HERE, POST_ENTRY + 11 * 4 + 16 * 4

        .option norelax
        .option norvc
        .text
        .cfi_sections .debug_frame
.Lstart:

        .ifndef LIBRARY
/* Run the list, then jump to the original target; t0 and t1 carry no arguments. */
        .cfi_startproc
        addi    sp, sp, -16
        .cfi_adjust_cfa_offset 16
        sd      ra, 8(sp)
        .cfi_rel_offset ra, 8
        jal     ra, .Lrun
        ld      ra, 8(sp)
        .cfi_restore ra
        addi    sp, sp, 16
        .cfi_adjust_cfa_offset -16
        .org    .Lstart + PRE_HERE
        auipc   t0, 0
        addi    t0, t0, -HEADER_SIZE - PRE_HERE
        ld      t1, HEADER_TARGET(t0)
        add     t1, t1, t0
        jr      t1
        .cfi_endproc

/* Call the original target, then run the list and return. */
        .org    .Lstart + POST_ENTRY, 0
        .cfi_startproc
        addi    sp, sp, -16
        .cfi_adjust_cfa_offset 16
        sd      ra, 8(sp)
        .cfi_rel_offset ra, 8
        .org    .Lstart + POST_HERE
        auipc   t0, 0
        addi    t0, t0, -HEADER_SIZE - POST_HERE
        ld      t1, HEADER_TARGET(t0)
        add     t1, t1, t0
        jalr    ra, t1
        jal     ra, .Lrun
        ld      ra, 8(sp)
        .cfi_restore ra
        addi    sp, sp, 16
        .cfi_adjust_cfa_offset -16
        ret
        .cfi_endproc

        .else
        begin_hardwire_run
        .endif

/*
 * t0: blob, t1: record, t2: records left, t3: kinds of the remaining arguments, t4: the next argument in the
 * record, t5: where its value is stored. All registers are preserved.
 */
.Lrun:
        .cfi_startproc
        addi    sp, sp, -FRAME_SIZE
        .cfi_adjust_cfa_offset FRAME_SIZE
        .set    at, SAVED
        .irp    reg, a0, a1, a2, a3, a4, a5, a6, a7, t0, t1, t2, t3, t4, t5, t6
        sd      \reg, at(sp)
        .set    at, at + WORD
        .endr
        .ifdef LIBRARY
        mv      t0, a0
        .else
        .org    .Lstart + RUN_HERE
        auipc   t0, 0
        addi    t0, t0, -HEADER_SIZE - RUN_HERE
        .endif
        mv      t5, sp
        addi    t6, sp, SAVED
.Lzero:
        sd      zero, 0(t5)
        addi    t5, t5, WORD
        bne     t5, t6, .Lzero
        lwu     t1, HEADER_RECORDS(t0)
        add     t1, t1, t0
        lwu     t2, HEADER_COUNT(t0)
.Lnext:
        beqz    t2, .Ldone
        lwu     t3, RECORD_KINDS(t1)
        addi    t4, t1, RECORD_ARGUMENTS
        addi    t5, sp, ARGUMENTS
.Largument:
        ld      t6, 0(t4)
        andi    a0, t3, 15
        srli    t3, t3, 4
        beqz    a0, .Lvalue
        addi    a0, a0, -2
        bltz    a0, .Lblob
        add     t6, t6, sp
        beqz    a0, .Lvalue
        ld      t6, 0(t6)
        j       .Lvalue
.Lblob:
        add     t6, t6, t0
.Lvalue:
        sd      t6, 0(t5)
        addi    t4, t4, WORD
        addi    t5, t5, WORD
        addi    a0, sp, ARGUMENTS + 6 * WORD
        bne     t5, a0, .Largument
        .set    at, ARGUMENTS
        .irp    reg, a0, a1, a2, a3, a4, a5
        ld      \reg, at(sp)
        .set    at, at + WORD
        .endr
        lhu     a7, 0(t1)
        li      t6, STORE
        beq     a7, t6, .Lstore
        ecall
        lbu     t6, RECORD_RESULT(t1)
        addi    t5, t6, -0xff
        beqz    t5, .Ltest
        slli    t6, t6, 3
        add     t6, t6, sp
        sd      a0, 0(t6)
.Ltest:
        lbu     t6, RECORD_FAILURE(t1)
        beqz    t6, .Lsuccess                   /* 0: cannot fail */
        addi    t6, t6, -1
        bnez    t6, .Lnonzero
        li      t5, -4096
        bgtu    a0, t5, .Lfailure
        j       .Lsuccess
.Lnonzero:
        bnez    a0, .Lfailure
.Lsuccess:
        lbu     t6, RECORD_SKIP_ON_SUCCESS(t1)
.Lskip:
        addi    t6, t6, 1
        bltu    t2, t6, .Lstop                  /* only a corrupt list skips past its end */
        sub     t2, t2, t6
        slli    t6, t6, 6
        add     t1, t1, t6
        j       .Lnext
.Lstore:
        add     a1, a1, sp
        sd      a0, 0(a1)
        add     a3, a3, sp
        sd      a2, 0(a3)
        add     a5, a5, sp
        sd      a4, 0(a5)
        j       .Lsuccess
.Lfailure:
        lbu     t6, RECORD_SKIP_ON_FAILURE(t1)
        bnez    t6, .Lskip

/* The message, the result as a signed decimal number and a new line; built downwards in the scratch area. */
        mv      t3, a0
        li      a0, 2
        lwu     a1, RECORD_MESSAGE(t1)
        add     a1, a1, t0
        lhu     a2, RECORD_MESSAGE_LENGTH(t1)
        li      a7, NR_WRITE
        ecall
        addi    a1, sp, SCRATCH_SIZE - 1
        li      t5, 10
        sb      t5, 0(a1)
        mv      t4, t3
        bgez    t4, .Ldigit
        neg     t4, t4
.Ldigit:
        remu    t6, t4, t5
        addi    t6, t6, '0'
        addi    a1, a1, -1
        sb      t6, 0(a1)
        divu    t4, t4, t5
        bnez    t4, .Ldigit
        bgez    t3, .Lprint
        li      t6, '-'
        addi    a1, a1, -1
        sb      t6, 0(a1)
.Lprint:
        addi    a2, sp, SCRATCH_SIZE
        sub     a2, a2, a1
        li      a0, 2
        li      a7, NR_WRITE
        ecall
.Lstop:
        li      a0, EXIT_SETUP_FAILED
        li      a7, NR_EXIT_GROUP
        ecall
        unimp
        j       .Lstop
.Ldone:
        .set    at, SAVED
        .irp    reg, a0, a1, a2, a3, a4, a5, a6, a7, t0, t1, t2, t3, t4, t5, t6
        ld      \reg, at(sp)
        .set    at, at + WORD
        .endr
        addi    sp, sp, FRAME_SIZE
        .cfi_adjust_cfa_offset -FRAME_SIZE
        ret
        .cfi_endproc
        .section .note.GNU-stack, "", @progbits
