/* The system-call list runner for x86-64; record.inc describes its input. */

        .set    WORD, 8
        .include "record.inc"

        .set    FRAME_SIZE, ARGUMENTS + 6 * WORD

        .set    NR_WRITE, 1
        .set    NR_EXIT_GROUP, 231

        .text
        .cfi_sections .debug_frame
.Lstart:

        .ifndef LIBRARY
/* Run the list, then jump to the original target with every argument register as it was. */
        .cfi_startproc
        endbr64
        .irp    reg, rax, rcx, rdx, rsi, rdi, r8, r9, r10
        pushq   %\reg
        .cfi_adjust_cfa_offset 8
        .endr
        call    .Lrun
        .irp    reg, r10, r9, r8, rdi, rsi, rdx, rcx, rax
        popq    %\reg
        .cfi_adjust_cfa_offset -8
        .endr
        leaq    .Lstart-HEADER_SIZE(%rip), %r11
        addq    HEADER_TARGET(%r11), %r11
        jmp     *%r11
        .cfi_endproc

/* Call the original target, then run the list and return. */
        .org    .Lstart + POST_ENTRY, 0xcc
        .cfi_startproc
        endbr64
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        leaq    .Lstart-HEADER_SIZE(%rip), %r11
        addq    HEADER_TARGET(%r11), %r11
        call    *%r11
        call    .Lrun
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        ret
        .cfi_endproc

        .else
        begin_hardwire_run
        .endif

/* rbx: blob, r12: record, r13: records left, r14: kinds of the remaining arguments. */
.Lrun:
        .cfi_startproc
        .irp    reg, rbx, rbp, r12, r13, r14
        pushq   %\reg
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset \reg, 0
        .endr
        subq    $FRAME_SIZE, %rsp
        .cfi_adjust_cfa_offset FRAME_SIZE
        .ifdef LIBRARY
        movq    %rdi, %rbx
        .endif
        movq    %rsp, %rdi
        movl    $FRAME_SIZE/8, %ecx
        xorl    %eax, %eax
        rep stosq
        .ifndef LIBRARY
        leaq    .Lstart-HEADER_SIZE(%rip), %rbx
        .endif
        movl    HEADER_RECORDS(%rbx), %r12d
        addq    %rbx, %r12
        movl    HEADER_COUNT(%rbx), %r13d
.Lnext:
        testl   %r13d, %r13d
        jz      .Ldone
        movl    RECORD_KINDS(%r12), %r14d
        xorl    %ebp, %ebp
.Largument:
        movq    RECORD_ARGUMENTS(%r12,%rbp,8), %rax
        movl    %r14d, %ecx
        shrl    $4, %r14d
        andl    $15, %ecx
        jz      .Lvalue
        decl    %ecx
        jz      .Lblob
        decl    %ecx
        jz      .Lscratch
        movq    (%rsp,%rax), %rax
        jmp     .Lvalue
.Lblob:
        addq    %rbx, %rax
        jmp     .Lvalue
.Lscratch:
        addq    %rsp, %rax
.Lvalue:
        movq    %rax, ARGUMENTS(%rsp,%rbp,8)
        incl    %ebp
        cmpl    $6, %ebp
        jne     .Largument
        movq    ARGUMENTS(%rsp), %rdi
        movq    ARGUMENTS+8(%rsp), %rsi
        movq    ARGUMENTS+16(%rsp), %rdx
        movq    ARGUMENTS+24(%rsp), %r10
        movq    ARGUMENTS+32(%rsp), %r8
        movq    ARGUMENTS+40(%rsp), %r9
        movzwl  (%r12), %eax
        cmpl    $STORE, %eax
        je      .Lstore
        syscall
        movzbl  RECORD_RESULT(%r12), %ecx
        cmpl    $0xff, %ecx
        je      .Ltest
        movq    %rax, (%rsp,%rcx,8)
.Ltest:
        movzbl  RECORD_FAILURE(%r12), %ecx
        decl    %ecx
        js      .Lsuccess                       /* 0: cannot fail */
        jnz     .Lnonzero
        cmpq    $-4095, %rax
        jae     .Lfailure
        jmp     .Lsuccess
.Lnonzero:
        testq   %rax, %rax
        jnz     .Lfailure
.Lsuccess:
        movzbl  RECORD_SKIP_ON_SUCCESS(%r12), %ecx
.Lskip:
        incl    %ecx
        subl    %ecx, %r13d
        jc      .Lstop                          /* only a corrupt list skips past its end */
        shll    $6, %ecx
        addq    %rcx, %r12
        jmp     .Lnext
.Lstore:
        movq    %rdi, (%rsp,%rsi)
        movq    %rdx, (%rsp,%r10)
        movq    %r8, (%rsp,%r9)
        jmp     .Lsuccess
.Lfailure:
        movzbl  RECORD_SKIP_ON_FAILURE(%r12), %ecx
        testl   %ecx, %ecx
        jnz     .Lskip

/* The message, the result as a signed decimal number and a new line; built downwards in the scratch area. */
        movq    %rax, %r14
        movl    $2, %edi
        movl    RECORD_MESSAGE(%r12), %esi
        addq    %rbx, %rsi
        movzwl  RECORD_MESSAGE_LENGTH(%r12), %edx
        movl    $NR_WRITE, %eax
        syscall
        leaq    SCRATCH_SIZE-1(%rsp), %rsi
        movb    $'\n', (%rsi)
        movq    %r14, %rax
        testq   %rax, %rax
        jns     .Ldigits
        negq    %rax
.Ldigits:
        movl    $10, %ecx
.Ldigit:
        xorl    %edx, %edx
        divq    %rcx
        addl    $'0', %edx
        decq    %rsi
        movb    %dl, (%rsi)
        testq   %rax, %rax
        jnz     .Ldigit
        testq   %r14, %r14
        jns     .Lprint
        decq    %rsi
        movb    $'-', (%rsi)
.Lprint:
        leaq    SCRATCH_SIZE(%rsp), %rdx
        subq    %rsi, %rdx
        movl    $2, %edi
        movl    $NR_WRITE, %eax
        syscall
.Lstop:
        movl    $EXIT_SETUP_FAILED, %edi
        movl    $NR_EXIT_GROUP, %eax
        syscall
        ud2
        jmp     .Lstop
.Ldone:
        addq    $FRAME_SIZE, %rsp
        .cfi_adjust_cfa_offset -FRAME_SIZE
        .irp    reg, r14, r13, r12, rbp, rbx
        popq    %\reg
        .cfi_adjust_cfa_offset -8
        .cfi_restore \reg
        .endr
        ret
        .cfi_endproc
        .section .note.GNU-stack, "", @progbits
