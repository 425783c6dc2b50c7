/*
 * The entry points of the loader of the hook "first": where the stub goes on, which only returns to first(), and 16 bytes
 * later the entry point of the file. first() gets the address of the argument count and returns where to go on.
 * edx is the function that a dynamic linker registers for the exit.
 */
        .section .text.start, "ax", @progbits
.Lstart:
        endbr32
        ret
        .org    .Lstart + 16, 0xcc
        endbr32
        xorl    %ebp, %ebp
        movl    %esp, %ebx
        movl    %edx, %esi
        movl    %esp, %eax
        andl    $-16, %esp
        subl    $12, %esp
        pushl   %eax
        call    first
        movl    %ebx, %esp
        movl    %esi, %edx
        jmp     *%eax
        .section .note.GNU-stack, "", @progbits
