/*
 * The entry points of the loader of the hook "first": where the stub goes on, which only returns to first(), and 16 bytes
 * later the entry point of the file. room() and first() get the address of the argument count and return
 * stack pointers: that for first(), and that of the program, with the address where it goes on in the word below
 * (ELFv2: in r12). A dynamic linker passes arguments in r3 to r7.
 */
        .abiversion 2
        .machine power8
        .section .text.start, "ax", @progbits
.Lstart:
        blr
        .org    .Lstart + 16, 0
        mr      31, 1
        mr      30, 3
        mr      29, 4
        mr      28, 5
        mr      27, 6
        mr      26, 7
        mr      3, 1
        clrrdi  1, 1, 4
        li      0, 0
        stdu    0, -32(1)
        bcl     20, 31, .Lhere
.Lhere:
        mflr    25
        addis   12, 25, room-.Lhere@ha
        addi    12, 12, room-.Lhere@l
        mtctr   12
        bctrl
        mr      1, 3
        li      0, 0
        stdu    0, -32(1)
        mr      3, 31
        addis   12, 25, first-.Lhere@ha
        addi    12, 12, first-.Lhere@l
        mtctr   12
        bctrl
        ld      12, -8(3)
        mr      1, 3
        mr      3, 30
        mr      4, 29
        mr      5, 28
        mr      6, 27
        mr      7, 26
        li      0, 0
        mtlr    0
        mtctr   12
        bctr
        .section .note.GNU-stack, "", @progbits
