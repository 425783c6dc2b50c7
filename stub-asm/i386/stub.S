/*
 * The system-call list runner for i386; record.inc describes its input. System calls are made by int $0x80, which
 * also works before the vDSO is known.
 */

        .set    WORD, 4
        .include "record.inc"

        .set    BLOB, ARGUMENTS + 6 * WORD      /* spilled values */
        .set    RECORD, BLOB + WORD
        .set    LEFT, RECORD + WORD
        .set    FRAME_SIZE, LEFT + WORD
        .set    SAVED_SIZE, 32                  /* pushal */

        .set    NR_WRITE, 4
        .set    NR_EXIT_GROUP, 252

        .text
        .cfi_sections .debug_frame
.Lstart:

        .ifndef LIBRARY
/* Run the list, then jump to the original target; only ecx changes, in which no caller passes a value. */
        .cfi_startproc
        endbr32
        call    .Lrun
        call    .Lpre_here
.Lpre_here:
        .cfi_adjust_cfa_offset 4
        popl    %ecx
        .cfi_adjust_cfa_offset -4
        addl    $.Lstart-HEADER_SIZE-.Lpre_here, %ecx
        addl    HEADER_TARGET(%ecx), %ecx
        jmp     *%ecx
        .cfi_endproc

/*
 * Call the original target with the three arguments of a constructor, then run the list and return. The callee may
 * change its arguments, so it gets copies; with them the stack is aligned to 16 bytes.
 */
        .org    .Lstart + POST_ENTRY, 0xcc
        .cfi_startproc
        endbr32
        pushl   12(%esp)
        .cfi_adjust_cfa_offset 4
        pushl   12(%esp)
        .cfi_adjust_cfa_offset 4
        pushl   12(%esp)
        .cfi_adjust_cfa_offset 4
        call    .Lpost_here
.Lpost_here:
        .cfi_adjust_cfa_offset 4
        popl    %ecx
        .cfi_adjust_cfa_offset -4
        addl    $.Lstart-HEADER_SIZE-.Lpost_here, %ecx
        addl    HEADER_TARGET(%ecx), %ecx
        call    *%ecx
        call    .Lrun
        addl    $12, %esp
        .cfi_adjust_cfa_offset -12
        ret
        .cfi_endproc

        .else
        begin_hardwire_run
        .endif

/* ebx: blob, esi: record, edx: kinds of the remaining arguments. All registers are preserved. */
.Lrun:
        .cfi_startproc
        pushal
        .cfi_adjust_cfa_offset SAVED_SIZE
        subl    $FRAME_SIZE, %esp
        .cfi_adjust_cfa_offset FRAME_SIZE
        movl    %esp, %edi
        movl    $FRAME_SIZE/4, %ecx
        xorl    %eax, %eax
        rep stosl
        .ifdef LIBRARY
        movl    FRAME_SIZE+SAVED_SIZE+4(%esp), %ebx
        .else
        call    .Lhere
.Lhere:
        .cfi_adjust_cfa_offset 4
        popl    %ebx
        .cfi_adjust_cfa_offset -4
        addl    $.Lstart-HEADER_SIZE-.Lhere, %ebx
        .endif
        movl    %ebx, BLOB(%esp)
        movl    HEADER_RECORDS(%ebx), %esi
        addl    %ebx, %esi
        movl    HEADER_COUNT(%ebx), %eax
        movl    %eax, LEFT(%esp)
.Lnext:
        cmpl    $0, LEFT(%esp)
        je      .Ldone
        movl    RECORD_KINDS(%esi), %edx
        xorl    %edi, %edi
.Largument:
        movl    RECORD_ARGUMENTS(%esi,%edi,4), %eax
        movl    %edx, %ecx
        shrl    $4, %edx
        andl    $15, %ecx
        jz      .Lvalue
        decl    %ecx
        jz      .Lblob
        decl    %ecx
        jz      .Lscratch
        movl    (%esp,%eax), %eax
        jmp     .Lvalue
.Lblob:
        addl    %ebx, %eax
        jmp     .Lvalue
.Lscratch:
        addl    %esp, %eax
.Lvalue:
        movl    %eax, ARGUMENTS(%esp,%edi,4)
        incl    %edi
        cmpl    $6, %edi
        jne     .Largument
        movzwl  (%esi), %eax
        cmpl    $STORE, %eax
        je      .Lstore
        movl    %esi, RECORD(%esp)
        movl    ARGUMENTS(%esp), %ebx
        movl    ARGUMENTS+4(%esp), %ecx
        movl    ARGUMENTS+8(%esp), %edx
        movl    ARGUMENTS+12(%esp), %esi
        movl    ARGUMENTS+16(%esp), %edi
        movl    ARGUMENTS+20(%esp), %ebp
        int     $0x80
        movl    BLOB(%esp), %ebx
        movl    RECORD(%esp), %esi
        movzbl  RECORD_RESULT(%esi), %ecx
        cmpl    $0xff, %ecx
        je      .Ltest
        movl    %eax, (%esp,%ecx,4)
.Ltest:
        movzbl  RECORD_FAILURE(%esi), %ecx
        decl    %ecx
        js      .Lsuccess                       /* 0: cannot fail */
        jnz     .Lnonzero
        cmpl    $-4095, %eax
        jae     .Lfailure
        jmp     .Lsuccess
.Lnonzero:
        testl   %eax, %eax
        jnz     .Lfailure
.Lsuccess:
        movzbl  RECORD_SKIP_ON_SUCCESS(%esi), %ecx
.Lskip:
        incl    %ecx
        subl    %ecx, LEFT(%esp)
        jc      .Lstop                          /* only a corrupt list skips past its end */
        imull   $RECORD_SIZE, %ecx, %ecx
        addl    %ecx, %esi
        jmp     .Lnext
.Lstore:
        .irp    pair, 0, 8, 16
        movl    ARGUMENTS+\pair(%esp), %eax
        movl    ARGUMENTS+\pair+4(%esp), %ecx
        movl    %eax, (%esp,%ecx)
        .endr
        jmp     .Lsuccess
.Lfailure:
        movzbl  RECORD_SKIP_ON_FAILURE(%esi), %ecx
        testl   %ecx, %ecx
        jnz     .Lskip

/* The message, the result as a signed decimal number and a new line; built downwards in the scratch area. */
        movl    %eax, %edi
        movl    RECORD_MESSAGE(%esi), %ecx
        addl    %ebx, %ecx
        movzwl  RECORD_MESSAGE_LENGTH(%esi), %edx
        movl    $2, %ebx
        movl    $NR_WRITE, %eax
        int     $0x80
        leal    SCRATCH_SIZE-1(%esp), %ecx
        movb    $'\n', (%ecx)
        movl    %edi, %eax
        testl   %eax, %eax
        jns     .Ldigits
        negl    %eax
.Ldigits:
        movl    $10, %esi
.Ldigit:
        xorl    %edx, %edx
        divl    %esi
        addl    $'0', %edx
        decl    %ecx
        movb    %dl, (%ecx)
        testl   %eax, %eax
        jnz     .Ldigit
        testl   %edi, %edi
        jns     .Lprint
        decl    %ecx
        movb    $'-', (%ecx)
.Lprint:
        leal    SCRATCH_SIZE(%esp), %edx
        subl    %ecx, %edx
        movl    $2, %ebx
        movl    $NR_WRITE, %eax
        int     $0x80
.Lstop:
        movl    $EXIT_SETUP_FAILED, %ebx
        movl    $NR_EXIT_GROUP, %eax
        int     $0x80
        ud2
        jmp     .Lstop
.Ldone:
        addl    $FRAME_SIZE, %esp
        .cfi_adjust_cfa_offset -FRAME_SIZE
        popal
        .cfi_adjust_cfa_offset -SAVED_SIZE
        ret
        .cfi_endproc
        .section .note.GNU-stack, "", @progbits
