/*
 * The entry points of the loader of the hook "first": where the stub goes on, which only returns to first(), and 16 bytes
 * later the entry point of the file. room() and first() get the address of the argument count and return
 * stack pointers: that for first(), and that of the program, with the address where it goes on in the word below.
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
        mov     x20, sp
        mov     x0, sp
        bl      room
        mov     sp, x0
        mov     x0, x20
        bl      first
        mov     sp, x0
        ldr     x16, [x0, #-8]
        mov     x0, x19
        mov     x30, #0
        br      x16
        .section .note.GNU-stack, "", %progbits
