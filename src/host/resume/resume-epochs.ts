import type * as vscode from 'vscode';

const key = 'train.arcfaceEpochs';
const defaultEpochs = 20;

/** Epochs of a run that goes on with ArcFace, as the user chose them the last time. */
export function resumeEpochs(memory: vscode.Memento): number {
  return memory.get<number>(key, defaultEpochs);
}

export async function rememberResumeEpochs(memory: vscode.Memento, epochs: number): Promise<void> {
  await memory.update(key, epochs);
}
