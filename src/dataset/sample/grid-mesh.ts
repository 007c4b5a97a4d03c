/** What a surface is made of; decides how it is coloured. */
export type Material = 'face' | 'skin' | 'hair' | 'cloth' | 'frame' | 'cover';

/**
 * A surface as a grid of vertices, row by row. Rows run downwards and columns to the right as seen from outside,
 * which makes the front side of every cell face the outside.
 */
export interface GridMesh {
  readonly material: Material;
  readonly rows: number;
  readonly columns: number;
  /** x, y, z per vertex in head units. */
  readonly positions: Float32Array;
  /** Three coordinates per vertex for colouring, which stay with the surface when it moves. */
  readonly surface: Float32Array;
  /** Per vertex: the surface exists where the interpolated value is above 0. Absent: everywhere. */
  readonly coverage?: Float32Array;
  /** Whether the inner side is seen too. */
  readonly twoSided: boolean;
}

/** Vertex positions by row and column. */
export type VertexPlacer = (row: number, column: number) => readonly [number, number, number];

/** A mesh with the given places; its colouring coordinates are the places themselves. */
export function gridMesh(material: Material, rows: number, columns: number, twoSided: boolean, place: VertexPlacer): GridMesh {
  const positions = new Float32Array(rows * columns * 3);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) positions.set(place(row, column), (row * columns + column) * 3);
  }
  return { material, rows, columns, positions, surface: positions.slice(), twoSided };
}

/** An ellipsoid; `turn` rotates its offsets from the centre (radians about the z axis). */
export function ellipsoid(
  material: Material,
  center: readonly [number, number, number],
  radii: readonly [number, number, number],
  turn: number,
  rows = 12,
  columns = 18,
): GridMesh {
  const cosine = Math.cos(turn);
  const sine = Math.sin(turn);
  return gridMesh(material, rows, columns, false, (row, column) => {
    const latitude = Math.PI * (0.5 - row / (rows - 1));
    const longitude = 2 * Math.PI * (column / (columns - 1) - 0.5);
    const x = radii[0] * Math.cos(latitude) * Math.sin(longitude);
    const y = radii[1] * Math.sin(latitude);
    return [center[0] + x * cosine - y * sine, center[1] + x * sine + y * cosine, center[2] + radii[2] * Math.cos(latitude) * Math.cos(longitude)];
  });
}

/** Unit normals (outside) of every vertex of a grid with these positions, by central differences. */
export function gridNormals(positions: Float32Array, rows: number, columns: number, normals: Float32Array): void {
  for (let row = 0; row < rows; row++) {
    const up = Math.max(0, row - 1) * columns;
    const down = Math.min(rows - 1, row + 1) * columns;
    for (let column = 0; column < columns; column++) {
      const left = (row * columns + Math.max(0, column - 1)) * 3;
      const right = (row * columns + Math.min(columns - 1, column + 1)) * 3;
      setNormal(positions, left, right, (up + column) * 3, (down + column) * 3, normals, (row * columns + column) * 3);
    }
  }
}

function setNormal(p: Float32Array, left: number, right: number, up: number, down: number, normals: Float32Array, at: number): void {
  const ax = (p[right] ?? 0) - (p[left] ?? 0);
  const ay = (p[right + 1] ?? 0) - (p[left + 1] ?? 0);
  const az = (p[right + 2] ?? 0) - (p[left + 2] ?? 0);
  const bx = (p[up] ?? 0) - (p[down] ?? 0);
  const by = (p[up + 1] ?? 0) - (p[down + 1] ?? 0);
  const bz = (p[up + 2] ?? 0) - (p[down + 2] ?? 0);
  const x = ay * bz - az * by;
  const y = az * bx - ax * bz;
  const z = ax * by - ay * bx;
  const length = Math.sqrt(x * x + y * y + z * z) || 1;
  normals[at] = x / length;
  normals[at + 1] = y / length;
  normals[at + 2] = z / length;
}
