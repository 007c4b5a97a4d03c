import { AmbientOpenness } from './ambient-openness';
import { Background } from './background';
import { buildBody, buildCover, buildEars, buildGlasses } from './body-geometry';
import { Camera } from './camera';
import { EyeTexture } from './eye-texture';
import type { GridMesh } from './grid-mesh';
import { HairShape } from './hair-geometry';
import { buildHead, expressHead, surfacePoint, type HeadGeometry } from './head-geometry';
import type { IdentityParameters } from './identity';
import { projectLandmarks, type FaceLandmarks } from './landmarks';
import { Lighting } from './lighting';
import { MouthTexture } from './mouth-texture';
import type { PictureParameters } from './picture';
import { Scene } from './scene';
import { SkinTexture } from './skin-texture';
import { SurfaceShader } from './surface-shader';
import { Sensor } from './sensor';

/** Samples per pixel along each axis. */
const oversampling = 2;

/** A rendered picture. */
export interface FaceImage {
  readonly sizePixels: number;
  /** Red, green, blue per pixel, row by row: sizePixels² · 3 bytes. */
  readonly pixels: Uint8Array;
  readonly landmarks: FaceLandmarks;
}

/** What all pictures of one person share, so that it is built once. */
export interface FaceModel {
  readonly identity: IdentityParameters;
  readonly head: HeadGeometry;
  readonly skin: SkinTexture;
  readonly ears: readonly GridMesh[];
  readonly body: readonly GridMesh[];
  readonly hair: HairShape;
}

export function buildFaceModel(identity: IdentityParameters): FaceModel {
  return {
    identity,
    head: buildHead(identity),
    skin: new SkinTexture(identity),
    ears: buildEars(identity),
    body: buildBody(identity),
    hair: new HairShape(identity),
  };
}

/** Renders one picture of one person; the same arguments give the same pixels. `size` is its side in pixels. */
export function renderFace(identity: IdentityParameters, picture: PictureParameters, size: number): FaceImage {
  return new FaceRenderer(size).render(buildFaceModel(identity), picture);
}

/** Renders pictures of one size, one after the other, in the same buffers. */
export class FaceRenderer {
  private readonly scene: Scene;
  private readonly openness: AmbientOpenness;
  private readonly sensor = new Sensor();
  private readonly light: Float32Array;

  constructor(private readonly sizePixels: number) {
    this.scene = new Scene(sizePixels * oversampling);
    this.openness = new AmbientOpenness(sizePixels * oversampling, oversampling, -1.2);
    this.light = new Float32Array(sizePixels * sizePixels * 3);
  }

  render(model: FaceModel, picture: PictureParameters): FaceImage {
    const { identity, head } = model;
    const positions = expressHead(head, picture.smile, picture.mouthOpen, picture.browRaise);
    this.drawScene(model, picture, positions);
    const lighting = new Lighting(picture);
    const shader = new SurfaceShader(this.scene, {
      identity,
      picture,
      skin: model.skin,
      eyes: new EyeTexture(identity, picture, lighting),
      mouth: new MouthTexture(identity, picture),
      lighting,
    });
    this.resolve(shader, new Background(picture));
    const landmarks = projectLandmarks(identity, head, positions, new Camera(picture, this.sizePixels));
    return { sizePixels: this.sizePixels, pixels: this.sensor.develop(this.light, picture), landmarks };
  }

  private drawScene(model: FaceModel, picture: PictureParameters, positions: Float32Array): void {
    const { identity, head } = model;
    const { scene } = this;
    const bridgeZ = surfacePoint(head.mesh, positions, 0, identity.eyeY)[2];
    const glasses = picture.glasses ? buildGlasses(identity, bridgeZ) : [];
    const following = [model.hair.mesh(picture.hairVolume, picture.fringeShift), ...model.ears, ...glasses];
    const standing = [...model.body, ...buildCover(identity, picture)];
    scene.begin([head.mesh, ...following, ...standing].reduce((sum, mesh) => sum + mesh.rows * mesh.columns, 0));
    const camera = new Camera(picture, scene.sizePixels);
    scene.draw(head.mesh, camera, positions);
    for (const mesh of following) scene.draw(mesh, camera);
    const bodyCamera = new Camera(picture, scene.sizePixels, 0.35);
    for (const mesh of standing) scene.draw(mesh, bodyCamera);
  }

  /** Averages the samples of each pixel to linear light: all four at outlines, two on the diagonal inside a surface, one in the background. */
  private resolve(shader: SurfaceShader, background: Background): void {
    const { scene, sizePixels, light } = this;
    const open = this.openness.of(scene.depth);
    const color = new Float32Array(3);
    light.fill(0);
    for (let y = 0; y < sizePixels; y++) {
      for (let x = 0; x < sizePixels; x++) {
        const pixel = y * sizePixels + x;
        const first = oversampling * (y * scene.sizePixels + x);
        const below = first + scene.sizePixels;
        const count = scene.sampleCount(first, first + 1, below, below + 1);
        for (let k = 0; k < count; k++) {
          const sample = k === 0 ? first : k === 1 ? below + 1 : k === 2 ? first + 1 : below;
          if (scene.isBackground(sample)) background.colorAt((x + 0.5) / sizePixels, (y + 0.5) / sizePixels, color);
          else shader.shade(sample, open[pixel] ?? 1, color);
          light[pixel * 3] = (light[pixel * 3] ?? 0) + (color[0] ?? 0) / count;
          light[pixel * 3 + 1] = (light[pixel * 3 + 1] ?? 0) + (color[1] ?? 0) / count;
          light[pixel * 3 + 2] = (light[pixel * 3 + 2] ?? 0) + (color[2] ?? 0) / count;
        }
      }
    }
  }
}
