/** What the training panels are made of, loaded when the first one is. */
export { parsePageState } from '../../protocol/training-panel';
export { followLineage } from './run-lineage';
export { TrainingPanel } from './training-panel';
