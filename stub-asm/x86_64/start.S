/* The entry point of the launcher: calls launch() with the address of the argument count. */
        .section .text.start, "ax", @progbits
        endbr64
        xorl    %ebp, %ebp
        movq    %rsp, %rdi
        andq    $-16, %rsp
        call    launch
        ud2
        .section .note.GNU-stack, "", @progbits
