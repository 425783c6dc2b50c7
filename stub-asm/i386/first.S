/*
 * The entry points of the loader of the hook "first": where the stub goes on, which only returns to first(), and 16 bytes
 * later the entry point of the file. room() and first() get the address of the argument count and return
 * stack pointers: that for first(), and that of the program, with the address where it goes on in the word below.
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
        andl    $-16, %esp
        subl    $12, %esp
        pushl   %ebx
        call    room
        movl    %eax, %esp
        subl    $12, %esp
        pushl   %ebx
        call    first
        movl    %eax, %esp
        movl    %esi, %edx
        jmp     *-4(%esp)
        .section .note.GNU-stack, "", @progbits
