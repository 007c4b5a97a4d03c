import { SeededRandom } from '../../base/random';
import type { EyeTexture } from './eye-texture';
import type { GridMesh } from './grid-mesh';
import type { IdentityParameters } from './identity';
import type { Lighting } from './lighting';
import type { MouthTexture } from './mouth-texture';
import { NoiseTile } from './noise';
import type { PictureParameters } from './picture';
import type { Scene } from './scene';
import type { SkinTexture } from './skin-texture';

/** The textures and the light that colour one picture. */
export interface Look {
  readonly identity: IdentityParameters;
  readonly picture: PictureParameters;
  readonly skin: SkinTexture;
  readonly eyes: EyeTexture;
  readonly mouth: MouthTexture;
  readonly lighting: Lighting;
}

/** Colours the pixels of a drawn scene. */
export class SurfaceShader {
  private readonly strands: NoiseTile;
  private readonly weave: NoiseTile;
  private readonly place = new Float32Array(3);
  private readonly normal = new Float32Array(3);

  constructor(
    private readonly scene: Scene,
    private readonly look: Look,
  ) {
    this.strands = new NoiseTile(new SeededRandom(look.identity.textureSeed, 'strands'));
    this.weave = new NoiseTile(new SeededRandom(look.picture.pictureSeed, 'weave'));
  }

  /** Writes the linear light of the scene's `pixel`, which must not be background; `open` is the share of the sky it sees. */
  shade(pixel: number, open: number, color: Float32Array): void {
    const mesh = this.interpolate(pixel);
    const { normal, look } = this;
    const x = normal[0] ?? 0;
    const y = normal[1] ?? 0;
    const z = normal[2] ?? 0;
    switch (mesh.material) {
      case 'face': {
        const wet = this.paintFace(color);
        look.lighting.apply(color, x, y, z, open, 0.32, 0.05 + 0.1 * wet);
        return;
      }
      case 'skin':
        this.paintBareSkin(color);
        look.lighting.apply(color, x, y, z, open, 0.32, 0.04);
        return;
      case 'hair':
        this.paintHair(color);
        look.lighting.apply(color, x, y, z, open * 0.9, 0.2, 0.03);
        return;
      case 'cloth':
      case 'cover':
        this.paintCloth(mesh.material === 'cloth' ? look.picture.clothColor : look.picture.coverColor, color);
        look.lighting.apply(color, x, y, z, open, 0.1, 0);
        return;
      case 'frame':
        color.set(look.identity.glasses.color);
        look.lighting.apply(color, x, y, z, 1, 0.1, 0.12);
        return;
    }
  }

  /** Fills `place` and `normal` (unit length, towards the camera) from the triangle seen at the pixel. */
  private interpolate(pixel: number): GridMesh {
    const { scene, place, normal } = this;
    const cell = scene.cell[pixel] ?? 0;
    const first = cell >> 1;
    const mesh = scene.meshes[scene.meshOf[first] ?? 0] as GridMesh;
    const second = (cell & 1) === 1;
    const a = (second ? first + 1 : first) * 3;
    const b = (first + mesh.columns) * 3;
    const c = (second ? first + mesh.columns + 1 : first + 1) * 3;
    const wb = scene.weight2[pixel] ?? 0;
    const wc = scene.weight3[pixel] ?? 0;
    const wa = 1 - wb - wc;
    const { surface, normals } = scene;
    let square = 0;
    for (let k = 0; k < 3; k++) {
      place[k] = wa * (surface[a + k] ?? 0) + wb * (surface[b + k] ?? 0) + wc * (surface[c + k] ?? 0);
      const n = wa * (normals[a + k] ?? 0) + wb * (normals[b + k] ?? 0) + wc * (normals[c + k] ?? 0);
      normal[k] = n;
      square += n * n;
    }
    const scale = (mesh.twoSided && (normal[2] ?? 0) < 0 ? -1 : 1) / (Math.sqrt(square) || 1);
    for (let k = 0; k < 3; k++) normal[k] = (normal[k] ?? 0) * scale;
    return mesh;
  }

  private paintFace(color: Float32Array): number {
    const { place, look } = this;
    const x = place[0] ?? 0;
    const y = place[1] ?? 0;
    const { skin } = look;
    if ((place[2] ?? 0) < 0) {
      this.paintBareSkin(color);
      return 0;
    }
    const offset = skin.offsetAt(x, y);
    color[0] = skin.values[offset] ?? 0;
    color[1] = skin.values[offset + 1] ?? 0;
    color[2] = skin.values[offset + 2] ?? 0;
    return Math.max(look.eyes.paint(x, y, color), look.mouth.paint(x, y, color));
  }

  /** Skin without features, as dark and red as the face is on average. */
  private paintBareSkin(color: Float32Array): void {
    const [red, green, blue] = this.look.identity.skinColor;
    color[0] = 0.95 * red;
    color[1] = 0.9 * green;
    color[2] = 0.9 * blue;
  }

  private paintHair(color: Float32Array): void {
    const { place, strands } = this;
    const { hair } = this.look.identity;
    const azimuth = place[0] ?? 0;
    const y = place[1] ?? 0;
    const wave = 1.5 * hair.curl * strands.at(y * 5, azimuth * 3);
    const fine = strands.at(azimuth * 34 + wave * 4, y * (2 + 14 * hair.curl));
    const lock = strands.at(azimuth * 9 + wave + 20, y * (1 + 5 * hair.curl) + 9);
    const tone = 1 + 0.34 * fine + 0.3 * lock;
    for (let k = 0; k < 3; k++) color[k] = (hair.color[k] ?? 0) * tone;
  }

  private paintCloth(cloth: readonly [number, number, number], color: Float32Array): void {
    const { place, weave } = this;
    const tone = 1 + 0.12 * weave.at((place[0] ?? 0) * 18, (place[1] ?? 0) * 18);
    for (let k = 0; k < 3; k++) color[k] = (cloth[k] ?? 0) * tone;
  }
}
