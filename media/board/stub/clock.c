#include "clock.h"
#include "k210.h"

static uint32_t pll0_hz(void)
{
    uint32_t pll = SYSCTL_PLL0;
    uint32_t clkr = (pll & 0xFu) + 1;
    uint32_t clkf = ((pll >> 4) & 0x3Fu) + 1;
    uint32_t clkod = ((pll >> 10) & 0xFu) + 1;
    return (uint32_t)((uint64_t)CRYSTAL_HZ * clkf / clkr / clkod);
}

uint32_t clock_aclk_hz(void)
{
    uint32_t select = SYSCTL_CLOCK_SELECT0;
    if ((select & CLOCK_SELECT0_ACLK_PLL0) == 0)
        return CRYSTAL_HZ;
    return pll0_hz() / (2u << ((select >> 1) & 3u));
}

uint32_t clock_apb0_hz(void)
{
    return clock_aclk_hz() / (((SYSCTL_CLOCK_SELECT0 >> 3) & 7u) + 1);
}

/*
 * SPI3 runs from the PLL when the processor does, since that one is known to be stable then, else from the crystal. Divided by
 * FLASH_DIVIDER in SPI3 itself, neither is above FLASH_LIMIT_HZ, which every NOR flash reads at without dummy cycles.
 */
static void select_spi3_clock(void)
{
    uint32_t threshold = 0;
    if ((SYSCTL_CLOCK_SELECT0 & CLOCK_SELECT0_ACLK_PLL0) != 0) {
        uint32_t step = 2 * FLASH_DIVIDER * FLASH_LIMIT_HZ;
        threshold = (pll0_hz() / 2 + step - 1) / step - 1;
        SYSCTL_CLOCK_SELECT0 |= CLOCK_SELECT0_SPI3_PLL0;
    } else {
        SYSCTL_CLOCK_SELECT0 &= ~CLOCK_SELECT0_SPI3_PLL0;
    }
    SYSCTL_CLOCK_THRESHOLD1 = (SYSCTL_CLOCK_THRESHOLD1 & ~THRESHOLD1_SPI3_MASK) | threshold << 24;
}

void clock_enable_peripherals(void)
{
    select_spi3_clock();
    SYSCTL_CENTRAL_GATES |= CENTRAL_GATE_APB0;
    SYSCTL_PERIPHERAL_GATES |= PERIPHERAL_SPI3 | PERIPHERAL_UART3 | PERIPHERAL_FPIOA;
    SYSCTL_PERIPHERAL_RESET |= PERIPHERAL_SPI3;
    for (uint64_t start = clock_cycles(); clock_cycles() - start < 1000;)
        ;
    SYSCTL_PERIPHERAL_RESET &= ~PERIPHERAL_SPI3;
}
