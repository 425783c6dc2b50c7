/* The system-call list runner for loongarch64; record.inc describes its input. */

        .set    WORD, 8
        .include "record.inc"

        .set    SAVED, ARGUMENTS + 6 * WORD
        .set    FRAME_SIZE, SAVED + 14 * WORD

        .set    NR_WRITE, 64
        .set    NR_EXIT_GROUP, 94

/* Where code reads its own address, as in riscv64/stub.S. */
        .set    PRE_HERE, 5 * 4
        .set    POST_HERE, POST_ENTRY + 2 * 4
        .set    RUN_HERE, POST_ENTRY + 11 * 4 + 15 * 4

        .text
        .cfi_sections .debug_frame
.Lstart:

        .ifndef LIBRARY
/* Run the list, then jump to the original target; t0 and t1 carry no arguments. */
        .cfi_startproc
        addi.d  $sp, $sp, -16
        .cfi_adjust_cfa_offset 16
        st.d    $ra, $sp, 8
        .cfi_rel_offset 1, 8
        bl      .Lrun
        ld.d    $ra, $sp, 8
        .cfi_restore 1
        addi.d  $sp, $sp, 16
        .cfi_adjust_cfa_offset -16
        .org    .Lstart + PRE_HERE
        pcaddi  $t0, 0
        addi.d  $t0, $t0, -HEADER_SIZE - PRE_HERE
        ld.d    $t1, $t0, HEADER_TARGET
        add.d   $t1, $t1, $t0
        jr      $t1
        .cfi_endproc

/* Call the original target, then run the list and return. */
        .org    .Lstart + POST_ENTRY, 0
        .cfi_startproc
        addi.d  $sp, $sp, -16
        .cfi_adjust_cfa_offset 16
        st.d    $ra, $sp, 8
        .cfi_rel_offset 1, 8
        .org    .Lstart + POST_HERE
        pcaddi  $t0, 0
        addi.d  $t0, $t0, -HEADER_SIZE - POST_HERE
        ld.d    $t1, $t0, HEADER_TARGET
        add.d   $t1, $t1, $t0
        jirl    $ra, $t1, 0
        bl      .Lrun
        ld.d    $ra, $sp, 8
        .cfi_restore 1
        addi.d  $sp, $sp, 16
        .cfi_adjust_cfa_offset -16
        jr      $ra
        .cfi_endproc

        .else
        begin_hardwire_run
        .endif

/*
 * s0: blob, s1: record, s2: records left, s3: kinds of the remaining arguments, s4: the next argument in the
 * record, s5: where its value is stored. All registers but t0 to t8 are preserved; system calls
 * change those.
 */
.Lrun:
        .cfi_startproc
        addi.d  $sp, $sp, -FRAME_SIZE
        .cfi_adjust_cfa_offset FRAME_SIZE
        .set    at, SAVED
        .irp    reg, a0, a1, a2, a3, a4, a5, a6, a7, s0, s1, s2, s3, s4, s5
        st.d    $\reg, $sp, at
        .set    at, at + WORD
        .endr
        .ifdef LIBRARY
        move    $s0, $a0
        .else
        .org    .Lstart + RUN_HERE
        pcaddi  $s0, 0
        addi.d  $s0, $s0, -HEADER_SIZE - RUN_HERE
        .endif
        move    $t0, $sp
        addi.d  $t1, $sp, SAVED
.Lzero:
        st.d    $zero, $t0, 0
        addi.d  $t0, $t0, WORD
        bne     $t0, $t1, .Lzero
        ld.wu   $s1, $s0, HEADER_RECORDS
        add.d   $s1, $s1, $s0
        ld.wu   $s2, $s0, HEADER_COUNT
.Lnext:
        beqz    $s2, .Ldone
        ld.wu   $s3, $s1, RECORD_KINDS
        addi.d  $s4, $s1, RECORD_ARGUMENTS
        addi.d  $s5, $sp, ARGUMENTS
.Largument:
        ld.d    $t0, $s4, 0
        andi    $t1, $s3, 15
        srli.d  $s3, $s3, 4
        beqz    $t1, .Lvalue
        addi.d  $t1, $t1, -2
        blt     $t1, $zero, .Lblob
        add.d   $t0, $t0, $sp
        beqz    $t1, .Lvalue
        ld.d    $t0, $t0, 0
        b       .Lvalue
.Lblob:
        add.d   $t0, $t0, $s0
.Lvalue:
        st.d    $t0, $s5, 0
        addi.d  $s4, $s4, WORD
        addi.d  $s5, $s5, WORD
        addi.d  $t1, $sp, ARGUMENTS + 6 * WORD
        bne     $s5, $t1, .Largument
        .set    at, ARGUMENTS
        .irp    reg, a0, a1, a2, a3, a4, a5
        ld.d    $\reg, $sp, at
        .set    at, at + WORD
        .endr
        ld.hu   $a7, $s1, 0
        lu12i.w $t0, STORE >> 12
        ori     $t0, $t0, STORE & 0xfff
        beq     $a7, $t0, .Lstore
        syscall 0
        ld.bu   $t0, $s1, RECORD_RESULT
        addi.d  $t1, $t0, -0xff
        beqz    $t1, .Ltest
        slli.d  $t0, $t0, 3
        stx.d   $a0, $sp, $t0
.Ltest:
        ld.bu   $t0, $s1, RECORD_FAILURE
        beqz    $t0, .Lsuccess                  /* 0: cannot fail */
        addi.d  $t0, $t0, -1
        bnez    $t0, .Lnonzero
        lu12i.w $t1, -1                         /* -4096 */
        bltu    $t1, $a0, .Lfailure
        b       .Lsuccess
.Lnonzero:
        bnez    $a0, .Lfailure
.Lsuccess:
        ld.bu   $t0, $s1, RECORD_SKIP_ON_SUCCESS
.Lskip:
        addi.d  $t0, $t0, 1
        bltu    $s2, $t0, .Lstop                /* only a corrupt list skips past its end */
        sub.d   $s2, $s2, $t0
        slli.d  $t0, $t0, 6
        add.d   $s1, $s1, $t0
        b       .Lnext
.Lstore:
        stx.d   $a0, $sp, $a1
        stx.d   $a2, $sp, $a3
        stx.d   $a4, $sp, $a5
        b       .Lsuccess
.Lfailure:
        ld.bu   $t0, $s1, RECORD_SKIP_ON_FAILURE
        bnez    $t0, .Lskip

/* The message, the result as a signed decimal number and a new line; built downwards in the scratch area. */
        move    $s3, $a0
        ori     $a0, $zero, 2
        ld.wu   $a1, $s1, RECORD_MESSAGE
        add.d   $a1, $a1, $s0
        ld.hu   $a2, $s1, RECORD_MESSAGE_LENGTH
        ori     $a7, $zero, NR_WRITE
        syscall 0
        addi.d  $a1, $sp, SCRATCH_SIZE - 1
        ori     $s5, $zero, 10
        st.b    $s5, $a1, 0
        move    $s4, $s3
        bge     $s4, $zero, .Ldigit
        sub.d   $s4, $zero, $s4
.Ldigit:
        mod.du  $t0, $s4, $s5
        addi.d  $t0, $t0, '0'
        addi.d  $a1, $a1, -1
        st.b    $t0, $a1, 0
        div.du  $s4, $s4, $s5
        bnez    $s4, .Ldigit
        bge     $s3, $zero, .Lprint
        ori     $t0, $zero, '-'
        addi.d  $a1, $a1, -1
        st.b    $t0, $a1, 0
.Lprint:
        addi.d  $a2, $sp, SCRATCH_SIZE
        sub.d   $a2, $a2, $a1
        ori     $a0, $zero, 2
        ori     $a7, $zero, NR_WRITE
        syscall 0
.Lstop:
        ori     $a0, $zero, EXIT_SETUP_FAILED
        ori     $a7, $zero, NR_EXIT_GROUP
        syscall 0
        .word   0                               /* no instruction */
        b       .Lstop
.Ldone:
        .set    at, SAVED
        .irp    reg, a0, a1, a2, a3, a4, a5, a6, a7, s0, s1, s2, s3, s4, s5
        ld.d    $\reg, $sp, at
        .set    at, at + WORD
        .endr
        addi.d  $sp, $sp, FRAME_SIZE
        .cfi_adjust_cfa_offset -FRAME_SIZE
        jr      $ra
        .cfi_endproc
        .section .note.GNU-stack, "", @progbits
