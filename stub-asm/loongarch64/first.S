/*
 * The entry points of the loader of the hook "first": where the stub goes on, which only returns to first(), and 16 bytes
 * later the entry point of the file. room() and first() get the address of the argument count and return
 * stack pointers: that for first(), and that of the program, with the address where it goes on in the word below.
 * a0 is the function that a dynamic linker registers for the exit.
 */
        .section .text.start, "ax", @progbits
.Lstart:
        jr      $ra
        .org    .Lstart + 16, 0
        move    $fp, $zero
        move    $s0, $a0
        move    $s1, $sp
        move    $a0, $sp
        bstrins.d $sp, $zero, 3, 0
        bl      room
        move    $sp, $a0
        move    $a0, $s1
        bl      first
        move    $sp, $a0
        ld.d    $t0, $a0, -8
        move    $a0, $s0
        move    $ra, $zero
        jr      $t0
        .section .note.GNU-stack, "", @progbits
