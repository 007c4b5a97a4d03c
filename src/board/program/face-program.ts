import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { productRoot } from '../../base/product';
import { mainProgramMark } from '../repl/main-program';
import { pythonLiteral } from '../repl/python-text';

/** Where a model lies on the board: a path, or an address in the flash. */
export type ModelPlace = string | number;

export interface FaceProgramValues {
  readonly model: ModelPlace;
  readonly modelBytes: number;
  /** Side of an aligned face in pixels. */
  readonly size: number;
  /** The model wants pictures turned by 180 degrees. */
  readonly turned: boolean;
  /** Cosine from which two faces are one person's, -1 to 1. */
  readonly threshold: number;
  /** Eyes, nose and corners of the mouth in an aligned face, x and y in pixels of `size`. */
  readonly points: readonly (readonly [number, number])[];
  /** Face detector of the firmware's makers; absent: the middle of the picture is the face. */
  readonly detector?: ModelPlace;
  /** Their model for five points. */
  readonly landmarks?: ModelPlace;
  /** File of enrolled faces on the board. */
  readonly facesFile: string;
}

/** MicroPython source of the program for the camera, with these values in it. */
export async function renderFaceProgram(values: FaceProgramValues): Promise<string> {
  const template = await readFile(path.join(productRoot(), 'media', 'board', 'face-recognition.py'), 'utf8');
  return fillIn(template, values);
}

/** @throws Error when the template and the values do not fit each other */
export function fillIn(template: string, values: FaceProgramValues): string {
  const literals: Readonly<Record<string, string>> = {
    MODEL: pythonLiteral(values.model),
    MODEL_BYTES: pythonLiteral(values.modelBytes),
    SIZE: pythonLiteral(values.size),
    TURNED: pythonLiteral(values.turned),
    THRESHOLD: pythonLiteral(values.threshold),
    POINTS: `(${values.points.map(([x, y]) => `(${pythonLiteral(x)}, ${pythonLiteral(y)})`).join(', ')})`,
    DETECTOR: pythonLiteral(values.detector ?? null),
    LANDMARKS: pythonLiteral(values.landmarks ?? null),
    FACES: pythonLiteral(values.facesFile),
  };
  const used = new Set<string>();
  const source = template.replaceAll(/__([A-Z_]+?)__/g, (_, name: string) => {
    const literal = literals[name];
    if (literal === undefined) throw new Error(`The program for the board asks for ${name}, which has no value`);
    used.add(name);
    return literal;
  });
  const unused = Object.keys(literals).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`The program for the board has no place for ${unused.join(', ')}`);
  if (!source.startsWith(mainProgramMark)) throw new Error('The program for the board does not begin with its mark');
  return source;
}
