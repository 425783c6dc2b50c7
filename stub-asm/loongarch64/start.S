/* The entry point of the launcher: calls launch() with the address of the argument count. */
        .section .text.start, "ax", @progbits
        move    $fp, $zero
        move    $a0, $sp
        bstrins.d $sp, $zero, 3, 0
        bl      launch
        .word   0                               /* no instruction */
        .section .note.GNU-stack, "", @progbits
