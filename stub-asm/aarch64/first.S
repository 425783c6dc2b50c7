/*
 * The entry points of the loader of the hook "first": where the stub goes on, which only returns to first(), and 16 bytes
 * later the entry point of the file. first() gets the address of the argument count and returns where to go on.
 * x0 is the function that a dynamic linker registers for the exit.
 */
        .arch   armv8.5-a
        .section .text.start, "ax", %progbits
.Lstart:
        bti     jc
        ret
        .org    .Lstart + 16, 0
        bti     jc
        mov     x29, #0
        mov     x30, #0
        mov     x19, x0
        mov     x0, sp
        bl      first
        mov     x16, x0
        mov     x0, x19
        mov     x30, #0
        br      x16
        .section .note.GNU-stack, "", %progbits
