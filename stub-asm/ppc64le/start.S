/* The entry point of the launcher: calls launch() with the address of the argument count, at its global entry. */
        .abiversion 2
        .machine power8
        .section .text.start, "ax", @progbits
        mr      3, 1
        clrrdi  1, 1, 4
        li      0, 0
        stdu    0, -32(1)
        bcl     20, 31, .Lhere
.Lhere:
        mflr    12
        addis   12, 12, launch-.Lhere@ha
        addi    12, 12, launch-.Lhere@l
        mtctr   12
        bctrl
        .long   0                               /* no instruction */
        .section .note.GNU-stack, "", @progbits
