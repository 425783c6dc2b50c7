/*
 * The entry points of the loader of the hook "first": where the stub goes on, which only returns to first(), and 16 bytes
 * later the entry point of the file. room() and first() get the address of the argument count and return
 * stack pointers: that for first(), and that of the program, with the address where it goes on in the word below.
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
        call    room
        movq    %rax, %rsp
        movq    %rbx, %rdi
        call    first
        movq    %rax, %rsp
        movq    %r12, %rdx
        jmp     *-8(%rsp)
        .section .note.GNU-stack, "", @progbits
