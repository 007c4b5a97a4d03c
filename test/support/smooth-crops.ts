import { SeededRandom } from '../../src/base/random';

/** Smooth pictures, RGB [size, size, 3]: like photos, neighbouring pixels are alike. */
export function smoothCrops(seed: string, crops: number, size: number): Uint8Array[] {
  return Array.from({ length: crops }, (_, crop) => {
    const random = new SeededRandom(5, seed, String(crop));
    const waves = Array.from({ length: 5 }, () => [random.between(0.02, 0.3), random.between(0.02, 0.3), random.between(0, 6)] as const);
    return Uint8Array.from({ length: size ** 2 * 3 }, (_unused, i) => {
      const [x, y] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size)];
      return 128 + 24 * waves.reduce((sum, [a, b, phase]) => sum + Math.sin(a * x + b * y + phase + (i % 3)), 0);
    });
  });
}
