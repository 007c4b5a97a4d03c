/* Clocks as the boot ROM left them, and time by the processor's cycle counter. */

#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Division of SPI3's clock in SPI3 itself, and the highest clock for the flash. */
#define FLASH_DIVIDER  2u
#define FLASH_LIMIT_HZ 20000000u

/* Processor clock, and the clock of UART and pins, in Hz. */
uint32_t clock_aclk_hz(void);
uint32_t clock_apb0_hz(void);

/* Cycles since reset. */
static inline uint64_t clock_cycles(void)
{
    uint64_t cycles;
    __asm__ volatile("csrr %0, mcycle" : "=r"(cycles));
    return cycles;
}

/* Switches on what the stub uses and pulses the reset of SPI3, whose state the ROM left is unknown. */
void clock_enable_peripherals(void);

#endif
