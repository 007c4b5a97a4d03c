import { SeededRandom } from '../../base/random';
import { mixColors, scaleColor, type Color } from './color';
import { mix, smoothStep } from './noise';
import type { PictureParameters } from './picture';

const cells = 40;

/** A blurred room: a gradient with soft discs and panels, as linear light on a coarse grid. */
export class Background {
  private readonly values = new Float32Array((cells + 1) * (cells + 1) * 3);

  constructor(picture: PictureParameters) {
    const random = new SeededRandom(picture.pictureSeed, 'background');
    const [first, second] = picture.backgroundColors;
    const direction = random.between(0, 2 * Math.PI);
    const shapes = Array.from({ length: 3 + random.below(6) }, () => drawShape(random, first, second));
    for (let row = 0; row <= cells; row++) {
      for (let column = 0; column <= cells; column++) {
        const x = column / cells;
        const y = row / cells;
        const along = 0.5 + (x - 0.5) * Math.cos(direction) + (y - 0.5) * Math.sin(direction);
        let color = mixColors(first, second, Math.min(1, Math.max(0, along)));
        for (const shape of shapes) color = mixColors(color, shape.color, shape.shareAt(x, y));
        this.values.set(color, (row * (cells + 1) + column) * 3);
      }
    }
  }

  /** Writes the colour at (x, y), shares of the picture's side, to `color`. */
  colorAt(x: number, y: number, color: Float32Array): void {
    const column = Math.min(cells - 1, Math.floor(x * cells));
    const row = Math.min(cells - 1, Math.floor(y * cells));
    const fx = x * cells - column;
    const fy = y * cells - row;
    const at = (row * (cells + 1) + column) * 3;
    const below = at + (cells + 1) * 3;
    for (let k = 0; k < 3; k++) {
      const upper = mix(this.values[at + k] ?? 0, this.values[at + 3 + k] ?? 0, fx);
      const lower = mix(this.values[below + k] ?? 0, this.values[below + 3 + k] ?? 0, fx);
      color[k] = mix(upper, lower, fy);
    }
  }
}

interface Shape {
  readonly color: Color;
  shareAt(x: number, y: number): number;
}

function drawShape(random: SeededRandom, first: Color, second: Color): Shape {
  const color = scaleColor(mixColors(first, second, random.uniform()), random.between(0.35, 2));
  const x = random.uniform();
  const y = random.uniform();
  const width = random.between(0.04, 0.3);
  const height = random.between(0.04, 0.6);
  const soft = random.between(0.02, 0.12);
  const strength = random.between(0.3, 0.9);
  const round = random.uniform() < 0.4;
  return {
    color,
    shareAt: (px, py) => {
      if (round) return strength * smoothStep(width + soft, width - soft, Math.hypot(px - x, py - y));
      return strength * smoothStep(width + soft, width - soft, Math.abs(px - x)) * smoothStep(height + soft, height - soft, Math.abs(py - y));
    },
  };
}
