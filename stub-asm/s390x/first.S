/*
 * The entry points of the loader of the hook "first": where the stub goes on, which only returns to first(), and 16 bytes
 * later the entry point of the file. first() gets the address of the argument count and returns where to go on.
 * r14 is the function that a dynamic linker registers for the exit.
 */
        .machine z10
        .section .text.start, "ax", @progbits
.Lstart:
        br      %r14
        .org    .Lstart + 16, 0
        lgr     %r6, %r15
        lgr     %r7, %r14
        lgr     %r2, %r15
        aghi    %r15, -160
        xc      0(8, %r15), 0(%r15)
        brasl   %r14, first
        lgr     %r15, %r6
        lgr     %r14, %r7
        br      %r2
        .section .note.GNU-stack, "", @progbits
