/*
 * The system-call list runner for x86-64.
 *
 * The 64-byte blob header stands directly before this code, and all that the code uses is found through it:
 *   +16  s64  original target minus the address of the blob
 *   +24  u32  offset of the records from the start of the blob
 *   +28  u32  number of records
 *
 * A record is one system call, 64 bytes:
 *   +0   u16  number; 0xffff stores into scratch instead
 *   +2   u8   scratch word that takes the result; 0xff: none
 *   +3   u8   what counts as failure: 0 nothing, 1 a result of -4095 to -1, 2 any result but zero
 *   +4   u8   records to skip on failure; 0: give up
 *   +5   u8   records to skip on success
 *   +6   u16  length of the message
 *   +8   u32  six 4-bit argument kinds, the first argument lowest:
 *             0 the value itself, 1 blob address + value, 2 scratch address + value, 3 the scratch word at value
 *   +12  u32  offset of the message from the start of the blob
 *   +16  u64  six arguments
 * A store writes argument 0 to scratch at the offset that argument 1 gives, 2 to 3, and 4 to 5.
 *
 * The program never goes on when a call fails: the message and the result go to stderr and the status is 126.
 * There are no relocations and no writable data. Labels are local, or the assembler would make symbols of them.
 */

        .set    HEADER_SIZE, 64
        .set    HEADER_TARGET, 16
        .set    HEADER_RECORDS, 24
        .set    HEADER_COUNT, 28

        .set    RECORD_SIZE, 64
        .set    RECORD_RESULT, 2
        .set    RECORD_FAILURE, 3
        .set    RECORD_SKIP_ON_FAILURE, 4
        .set    RECORD_SKIP_ON_SUCCESS, 5
        .set    RECORD_MESSAGE_LENGTH, 6
        .set    RECORD_KINDS, 8
        .set    RECORD_MESSAGE, 12
        .set    RECORD_ARGUMENTS, 16

        .set    SCRATCH_SIZE, 512
        .set    ARGUMENTS, SCRATCH_SIZE         /* six words above the scratch area */
        .set    FRAME_SIZE, SCRATCH_SIZE + 48

        .set    STORE, 0xffff
        .set    NR_WRITE, 1
        .set    NR_EXIT_GROUP, 231
        .set    EXIT_SETUP_FAILED, 126

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
        .org    .Lstart + 64, 0xcc
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
/* void hardwire_run(const void *blob): runs the list of that blob and returns. For library.c. */
        .globl  hardwire_run
        .hidden hardwire_run
        .type   hardwire_run, @function
hardwire_run:
        .endif

/* rbx: blob, r12: record, r13: records left, r14: kinds of the arguments still to come. */
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
        jc      .Lstop                          /* skips leave the list only if it is corrupt */
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
