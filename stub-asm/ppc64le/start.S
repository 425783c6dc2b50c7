/* Where the launcher starts: calls launch() with the address of the argument count. */
        .abiversion 2
        .machine power8
        .section .text.start, "ax", @progbits
        mr      3, 1
        clrrdi  1, 1, 4
        li      0, 0
        stdu    0, -32(1)
        bl      launch
        .long   0                               /* no instruction */
        .section .note.GNU-stack, "", @progbits
