import type { Camera } from './camera';
import { gridNormals, type GridMesh } from './grid-mesh';

/** All vertices of a picture, projected, and for every pixel the nearest surface. Reused from picture to picture. */
export class Scene {
  screen = new Float32Array(0);
  normals = new Float32Array(0);
  surface = new Float32Array(0);
  /** Index into `meshes` per vertex. */
  meshOf = new Uint8Array(0);
  readonly meshes: GridMesh[] = [];
  /** Per pixel: depth of the nearest surface, -Infinity for the background. */
  readonly depth: Float32Array;
  /** Per pixel: -1 for the background, else twice the first vertex of the cell, plus 1 for its second triangle. */
  readonly cell: Int32Array;
  /** Per pixel: weights of the triangle's second and third vertex. */
  readonly weight2: Float32Array;
  readonly weight3: Float32Array;
  private vertexCount = 0;

  constructor(readonly sizePixels: number) {
    const pixels = sizePixels * sizePixels;
    this.depth = new Float32Array(pixels);
    this.cell = new Int32Array(pixels);
    this.weight2 = new Float32Array(pixels);
    this.weight3 = new Float32Array(pixels);
  }

  /** Empties the scene and makes room for `vertices`. */
  begin(vertices: number): void {
    this.depth.fill(-Infinity);
    this.cell.fill(-1);
    this.meshes.length = 0;
    this.vertexCount = 0;
    if (vertices <= this.meshOf.length) return;
    this.screen = new Float32Array(vertices * 3);
    this.normals = new Float32Array(vertices * 3);
    this.surface = new Float32Array(vertices * 3);
    this.meshOf = new Uint8Array(vertices);
  }

  /** Draws `mesh` with the given vertex positions (its own when it has not moved). */
  draw(mesh: GridMesh, camera: Camera, positions: Float32Array = mesh.positions): void {
    const base = this.vertexCount;
    const count = mesh.rows * mesh.columns;
    const normals = this.normals.subarray(base * 3, (base + count) * 3);
    gridNormals(positions, mesh.rows, mesh.columns, normals);
    camera.turn(normals);
    camera.project(positions, count, this.screen, base * 3);
    this.surface.set(mesh.surface, base * 3);
    this.meshOf.fill(this.meshes.length, base, base + count);
    this.meshes.push(mesh);
    this.vertexCount += count;
    for (let row = 0; row + 1 < mesh.rows; row++) {
      for (let column = 0; column + 1 < mesh.columns; column++) {
        const first = row * mesh.columns + column;
        this.drawTriangle(mesh, base, first, first + mesh.columns, first + 1, 2 * (base + first));
        this.drawTriangle(mesh, base, first + 1, first + mesh.columns, first + mesh.columns + 1, 2 * (base + first) + 1);
      }
    }
  }

  isBackground(pixel: number): boolean {
    return (this.cell[pixel] ?? -1) < 0;
  }

  /** How many of four neighbouring samples describe them all: 1 for background, 2 within one surface, else 4. */
  sampleCount(a: number, b: number, c: number, d: number): 1 | 2 | 4 {
    const first = this.meshAt(a);
    if (this.meshAt(b) !== first || this.meshAt(c) !== first || this.meshAt(d) !== first) return 4;
    return first < 0 ? 1 : 2;
  }

  private meshAt(pixel: number): number {
    const cell = this.cell[pixel] ?? -1;
    return cell < 0 ? -1 : (this.meshOf[cell >> 1] ?? 0);
  }

  private drawTriangle(mesh: GridMesh, base: number, v1: number, v2: number, v3: number, cell: number): void {
    const { coverage } = mesh;
    let c1 = 1;
    let c2 = 1;
    let c3 = 1;
    if (coverage !== undefined) {
      c1 = coverage[v1] ?? 0;
      c2 = coverage[v2] ?? 0;
      c3 = coverage[v3] ?? 0;
      if (c1 <= 0 && c2 <= 0 && c3 <= 0) return;
    }
    const { screen, sizePixels } = this;
    const a = (base + v1) * 3;
    const b = (base + v2) * 3;
    const c = (base + v3) * 3;
    const x1 = screen[a] ?? 0;
    const y1 = screen[a + 1] ?? 0;
    const x2 = screen[b] ?? 0;
    const y2 = screen[b + 1] ?? 0;
    const x3 = screen[c] ?? 0;
    const y3 = screen[c + 1] ?? 0;
    const area = (x2 - x1) * (y3 - y1) - (x3 - x1) * (y2 - y1);
    if (area === 0 || (area > 0 && !mesh.twoSided)) return;
    const left = Math.max(0, Math.ceil(Math.min(x1, x2, x3) - 0.5));
    const right = Math.min(sizePixels - 1, Math.floor(Math.max(x1, x2, x3) - 0.5));
    const top = Math.max(0, Math.ceil(Math.min(y1, y2, y3) - 0.5));
    const bottom = Math.min(sizePixels - 1, Math.floor(Math.max(y1, y2, y3) - 0.5));
    const z1 = screen[a + 2] ?? 0;
    const z2 = screen[b + 2] ?? 0;
    const z3 = screen[c + 2] ?? 0;
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const px = x + 0.5 - x1;
        const py = y + 0.5 - y1;
        const w2 = (px * (y3 - y1) - (x3 - x1) * py) / area;
        const w3 = ((x2 - x1) * py - px * (y2 - y1)) / area;
        if (w2 < 0 || w3 < 0 || w2 + w3 > 1) continue;
        const z = z1 + w2 * (z2 - z1) + w3 * (z3 - z1);
        const pixel = y * sizePixels + x;
        if (z <= (this.depth[pixel] ?? 0)) continue;
        if (coverage !== undefined && c1 + w2 * (c2 - c1) + w3 * (c3 - c1) <= 0) continue;
        this.depth[pixel] = z;
        this.cell[pixel] = cell;
        this.weight2[pixel] = w2;
        this.weight3[pixel] = w3;
      }
    }
  }
}
