/* The entry point of the launcher: calls launch() with the address of the argument count. */
        .machine z10
        .section .text.start, "ax", @progbits
        lgr     %r2, %r15
        aghi    %r15, -160
        xc      0(8, %r15), 0(%r15)
        brasl   %r14, launch
        .short  0                               /* no instruction */
        .section .note.GNU-stack, "", @progbits
