/*
 * The entry points of the loader of the hook "first": where the stub goes on, which only returns to first(), and 16 bytes
 * later the entry point of the file. room() and first() get the address of the argument count and return
 * stack pointers: that for first(), and that of the program, with the address where it goes on in the word below.
 * a0 is the function that a dynamic linker registers for the exit.
 */
        .option norelax
        .option norvc
        .section .text.start, "ax", @progbits
.Lstart:
        ret
        .org    .Lstart + 16, 0
        mv      s1, a0
        mv      s2, sp
        mv      a0, sp
        andi    sp, sp, -16
        jal     ra, room
        mv      sp, a0
        mv      a0, s2
        jal     ra, first
        mv      sp, a0
        ld      t1, -8(a0)
        mv      a0, s1
        li      ra, 0
        jr      t1
        .section .note.GNU-stack, "", @progbits
