import { createInterface } from 'node:readline';

/** This product as a contestant (see rounds.py for the protocol): answers requests on stdin until it ends. */
export async function serveRounds(title: string, step: () => Promise<void>): Promise<void> {
  process.stdout.write(`${JSON.stringify({ ready: title })}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    const { steps } = JSON.parse(line) as { steps: number };
    const startMs = performance.now();
    const startCpu = process.cpuUsage();
    for (let i = 0; i < steps; i++) await step();
    const cpu = process.cpuUsage(startCpu);
    const round = { ms: (performance.now() - startMs) / steps, cpuMs: (cpu.user + cpu.system) / 1000 / steps, peakMb: process.resourceUsage().maxRSS / 1024 };
    process.stdout.write(`${JSON.stringify(round)}\n`);
  }
}
