/*
 * The entry points of the loader of the hook "first": where the stub goes on, which only returns to first(), and 16 bytes
 * later the entry point of the file. first() gets the address of the argument count and returns where to go on.
 * rdx is the function that a dynamic linker registers for the exit.
 */
        .section .text.start, "ax", @progbits
.Lstart:
        endbr64
        ret
        .org    .Lstart + 16, 0xcc
        endbr64
        xorl    %ebp, %ebp
        movq    %rsp, %rbx
        movq    %rdx, %r12
        movq    %rsp, %rdi
        andq    $-16, %rsp
        call    first
        movq    %rbx, %rsp
        movq    %r12, %rdx
        jmp     *%rax
        .section .note.GNU-stack, "", @progbits
