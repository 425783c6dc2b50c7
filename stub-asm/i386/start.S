/* The entry point of the launcher: calls launch() with the address of the argument count. */
        .section .text.start, "ax", @progbits
        endbr32
        xorl    %ebp, %ebp
        movl    %esp, %eax
        andl    $-16, %esp
        subl    $12, %esp
        pushl   %eax
        call    launch
        ud2
        .section .note.GNU-stack, "", @progbits
