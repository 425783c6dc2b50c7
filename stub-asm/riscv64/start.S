/* The entry point of the launcher: calls launch() with the address of the argument count. */
        .option norelax
        .option norvc
        .section .text.start, "ax", @progbits
        mv      a0, sp
        andi    sp, sp, -16
        jal     ra, launch
        unimp
        .section .note.GNU-stack, "", @progbits
