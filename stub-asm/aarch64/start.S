/* The entry point of the launcher: calls launch() with the address of the argument count. */
        .arch   armv8.5-a
        .section .text.start, "ax", %progbits
        bti     jc
        mov     x29, #0
        mov     x30, #0
        mov     x0, sp
        bl      launch
        udf     #0
        .section .note.GNU-stack, "", %progbits
