/** Where MaixPy and CanMV keep the files of `/flash` (SPIFFS) on a flash of 16 MiB. */
export const fileSystemRange = { address: 0xd00000, end: 0x1000000 } as const;

/** Usual place of a model: `kpu.load(0x300000)`. */
export const defaultModelAddress = 0x300000;
