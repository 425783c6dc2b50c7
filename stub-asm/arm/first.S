/*
 * The entry points of the loader of the hook "first": where the stub goes on, which only returns to first(), and 16 bytes
 * later the entry point of the file. room() and first() get the address of the argument count and return
 * stack pointers: that for first(), and that of the program, with the address where it goes on in the word below.
 * r0 is the function that a dynamic linker registers for the exit.
 */
        .syntax unified
        .arch   armv5t
        .arm
        .section .text.start, "ax", %progbits
.Lstart:
        bx      lr
        .org    .Lstart + 16, 0
        mov     fp, #0
        mov     lr, #0
        mov     r4, r0
        mov     r5, sp
        mov     r0, sp
        bic     sp, sp, #7
        bl      room
        mov     sp, r0
        mov     r0, r5
        bl      first
        mov     sp, r0
        ldr     ip, [r0, #-4]
        mov     r0, r4
        mov     lr, #0
        bx      ip
        .section .note.GNU-stack, "", %progbits
