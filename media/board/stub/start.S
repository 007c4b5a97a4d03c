/* Entry of the flash stub: the boot ROM jumps to its first byte. Only hart 0 goes on. */

    .section .text.start, "ax"
    .globl _start
_start:
    csrw mie, zero
    csrr t0, mhartid
    bnez t0, park
    la sp, stack_top
    la t0, bss_start
    la t1, bss_end
clear:
    bgeu t0, t1, run
    sd zero, 0(t0)
    addi t0, t0, 8
    j clear
run:
    call stub_main
park:
    wfi
    j park
