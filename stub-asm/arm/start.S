/* The entry point of the launcher: calls launch() with the address of the argument count. */
        .syntax unified
        .arch   armv5t
        .arm
        .section .text.start, "ax", %progbits
        mov     fp, #0
        mov     lr, #0
        mov     r0, sp
        bic     sp, sp, #7
        bl      launch
        udf     #0
        .section .note.GNU-stack, "", %progbits
