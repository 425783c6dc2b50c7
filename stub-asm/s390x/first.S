/*
 * The entry points of the loader of the hook "first": where the stub goes on, which only returns to first(), and 16 bytes
 * later the entry point of the file. room() and first() get the address of the argument count and return
 * stack pointers: that for first(), and that of the program, with the address where it goes on in the word below.
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
        brasl   %r14, room
        lgr     %r15, %r2
        lgr     %r2, %r6
        aghi    %r15, -160
        xc      0(8, %r15), 0(%r15)
        brasl   %r14, first
        lgr     %r15, %r2
        lgr     %r14, %r7
        lg      %r1, -8(%r2)
        br      %r1
        .section .note.GNU-stack, "", @progbits
