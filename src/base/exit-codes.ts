/** Exit codes of the command line. */
export const exitCodes = { done: 0, failed: 1, wrongUsage: 2, cancelled: 130 } as const;
