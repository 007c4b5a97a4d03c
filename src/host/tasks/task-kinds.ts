import type { BoardServices } from '../board/board-services';
import type { ArtifactStore } from '../workspace/artifact-store';
import { deployTask } from './deploy-task';
import { prepareTask, trainTask } from './job-tasks';
import type { TaskKind } from './task-kind';

/** All kinds of tasks, in the order of the journey; loaded when the editor asks for tasks. */
export function taskKinds(store: ArtifactStore, board: BoardServices): readonly TaskKind[] {
  return [prepareTask(store), trainTask(store), deployTask(board)];
}
